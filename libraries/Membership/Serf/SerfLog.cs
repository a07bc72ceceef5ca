using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Serf;

internal static partial class SerfLog
{
    [LoggerMessage(2101, LogLevel.Debug, "A message of the application is not one of Serf's, or is malformed")]
    public static partial void NotSerf(this ILogger logger);
}
