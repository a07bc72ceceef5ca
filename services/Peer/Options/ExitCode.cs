namespace ChittyChat.Peer.Options;

/// <summary>How the process ends; documented in <c>--help</c> and docs/peer.md.</summary>
internal enum ExitCode
{
    /// <summary>Left as it was told to: <c>/quit</c>, Ctrl-D, SIGTERM.</summary>
    Left = 0,

    /// <summary>An error that nobody expected.</summary>
    Failed = 1,

    /// <summary>The command line or the configuration is wrong.</summary>
    BadUsage = 2,

    /// <summary>A running member of the cluster has the name.</summary>
    NameTaken = 3,

    /// <summary>An address or a port could not be bound, or the log could not be opened.</summary>
    CannotOpen = 4,

    /// <summary>None of the given contacts answered in time.</summary>
    NobodyAnswered = 5,
}
