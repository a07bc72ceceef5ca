namespace ChittyChat.Dashboard.Observation;

internal static partial class ObservationLog
{
    [LoggerMessage(1, LogLevel.Information, "The watch of {Address} ended: {Reason}; trying again until it answers or is gone")]
    public static partial void WatchEnded(this ILogger logger, Uri address, string reason);

    [LoggerMessage(2, LogLevel.Error, "The watch of {Address} broke")]
    public static partial void WatchBroke(this ILogger logger, Uri address, Exception exception);
}
