using Microsoft.Extensions.Logging;

namespace ChittyChat.ServiceDefaults;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "HTTP (health) at {Http}, gRPC (HTTP/2 without TLS) at {Grpc}")]
    public static partial void Listening(this ILogger logger, Uri http, Uri grpc);
}
