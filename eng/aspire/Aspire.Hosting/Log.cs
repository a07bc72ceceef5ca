using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Aspire 13.5.4: DCP and dashboard; hosting by the local layer in eng/aspire")]
    public static partial void Starting(ILogger logger);

    [LoggerMessage(2, LogLevel.Information, "Application host directory is: {Directory}")]
    public static partial void AppHostDirectory(ILogger logger, string directory);

    [LoggerMessage(3, LogLevel.Information, "Distributed application started. Press Ctrl+C to shut down.")]
    public static partial void Started(ILogger logger);

    [LoggerMessage(4, LogLevel.Information, "Login to the dashboard at {Url}")]
    public static partial void DashboardLogin(ILogger logger, string url);

    [LoggerMessage(5, LogLevel.Warning, "{Url} is taken; {Instead} is used instead.")]
    public static partial void PortTaken(ILogger logger, string url, string instead);

    [LoggerMessage(6, LogLevel.Error, "The dashboard ended with exit code {ExitCode}. {Output}")]
    public static partial void DashboardEnded(ILogger logger, int? exitCode, string output);

    [LoggerMessage(8, LogLevel.Error, "DCP does not answer any more; trying again.")]
    public static partial void DcpLost(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "'{Resource}' could not be started.")]
    public static partial void StartFailed(ILogger logger, Exception exception, string resource);

    [LoggerMessage(10, LogLevel.Warning, "'{Resource}' did not end within {Seconds} s and is killed.")]
    public static partial void Killed(ILogger logger, string resource, double seconds);

    [LoggerMessage(11, LogLevel.Information, "Every resource is running and healthy after {Seconds:F1} s.")]
    public static partial void AllHealthy(ILogger logger, double seconds);

    [LoggerMessage(12, LogLevel.Information, "{Number}: {Line}")]
    public static partial void ResourceLine(ILogger logger, int number, string line);

    [LoggerMessage(13, LogLevel.Error, "{Number}: {Line}")]
    public static partial void ResourceErrorLine(ILogger logger, int number, string line);

    [LoggerMessage(14, LogLevel.Information, "Command '{Command}' {Outcome}. {Message}")]
    public static partial void CommandDone(ILogger logger, string command, string outcome, string? message);

    [LoggerMessage(15, LogLevel.Error, "Command '{Command}' failed.")]
    public static partial void CommandFailed(ILogger logger, Exception exception, string command);

    [LoggerMessage(16, LogLevel.Debug, "Nothing more of '{Resource}'.")]
    public static partial void LogEnded(ILogger logger, Exception exception, string resource);
}
