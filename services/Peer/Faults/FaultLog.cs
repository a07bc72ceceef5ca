namespace ChittyChat.Peer.Faults;

internal static partial class FaultLog
{
    [LoggerMessage(4001, LogLevel.Information, "Injected faults between this peer and {Member}: {Faults}")]
    public static partial void FaultsChanged(this ILogger logger, string member, string faults);

    [LoggerMessage(4002, LogLevel.Information, "Injected faults between this peer and {Member} are healed")]
    public static partial void FaultsHealed(this ILogger logger, string member);
}
