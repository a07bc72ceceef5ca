using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

internal static partial class InterpreterLog
{
    [LoggerMessage(4001, LogLevel.Error, "The command {Command} failed unexpectedly")]
    public static partial void CommandFailed(this ILogger logger, Exception exception, string command);

    [LoggerMessage(4002, LogLevel.Warning, "The command {Command} was cancelled but does not stop")]
    public static partial void CommandAbandoned(this ILogger logger, string command);

    [LoggerMessage(4003, LogLevel.Warning, "What a line could go on with could not be found out")]
    public static partial void CompletionFailed(this ILogger logger, Exception exception);
}
