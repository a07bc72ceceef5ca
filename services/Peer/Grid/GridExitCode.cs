namespace ChittyChat.Peer.Grid;

/// <summary>How a server of the grid ends; documented in <c>grid --help</c> and docs/grid.md. The first three are those of the Go implementation.</summary>
internal enum GridExitCode
{
    /// <summary>The master said <c>crash</c>, or Ctrl-C, or SIGTERM.</summary>
    Ended = 0,

    /// <summary>The master is gone, an argument has a value that it may not have, or an error that nobody expected.</summary>
    Failed = 1,

    /// <summary>An argument is missing, or one too many.</summary>
    BadUsage = 2,

    /// <summary>A port could not be opened.</summary>
    CannotOpen = 4,
}
