namespace ChittyChat.Registry;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "No Redis is configured (ConnectionStrings__redis): members are kept in memory, and forgotten when this process ends")]
    public static partial void MembersInMemory(this ILogger logger);

    [LoggerMessage(2, LogLevel.Warning, "{Reason} Calls are answered UNAVAILABLE until it is back")]
    public static partial void StoreLost(this ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Information, "The store is back after {Seconds:F1} s")]
    public static partial void StoreBack(this ILogger logger, double seconds);

    [LoggerMessage(4, LogLevel.Warning, "The history of changes is broken: the store lost its data, or was rolled back. {Watchers} watchers must begin anew")]
    public static partial void HistoryBroken(this ILogger logger, int watchers);

    [LoggerMessage(5, LogLevel.Warning, "{Watchers} watchers read too slowly and were ended")]
    public static partial void WatchersTooSlow(this ILogger logger, int watchers);

    [LoggerMessage(6, LogLevel.Information, "{Kind} {Name} ({Id}) at {GrpcAddress}, revision {Revision}")]
    public static partial void MemberChanged(this ILogger logger, string kind, string name, string id, string grpcAddress, ulong revision);
}
