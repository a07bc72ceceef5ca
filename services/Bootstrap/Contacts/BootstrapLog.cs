namespace ChittyChat.Bootstrap;

/// <summary>What the service logs. Events 2000 to 2099.</summary>
internal static partial class BootstrapLog
{
    [LoggerMessage(2000, LogLevel.Information, "The list of contacts is kept in {Store} ({Place}); a new list takes {MaxPeers} contacts, leases of {LeaseSeconds} s")]
    public static partial void Starting(this ILogger logger, string store, string place, int maxPeers, int leaseSeconds);

    [LoggerMessage(2001, LogLevel.Information, "Contact {Id} ({Name}) at {Address} was added")]
    public static partial void Added(this ILogger logger, string id, string name, string address);

    [LoggerMessage(2002, LogLevel.Information, "Contact {Id} ({Name}) is off the list: {Reason}")]
    public static partial void Departed(this ILogger logger, string id, string name, string reason);

    [LoggerMessage(2003, LogLevel.Information, "The rules are now: at most {MaxPeers} contacts, refills from {MinRefillCandidates} members on, leases of {LeaseSeconds} s")]
    public static partial void Configured(this ILogger logger, int maxPeers, int minRefillCandidates, int leaseSeconds);

    [LoggerMessage(2004, LogLevel.Warning, "The store is unavailable; requests are answered with 503 until it is back. {Problem}")]
    public static partial void StoreLost(this ILogger logger, string problem);

    [LoggerMessage(2005, LogLevel.Information, "The store is available again")]
    public static partial void StoreBack(this ILogger logger);
}
