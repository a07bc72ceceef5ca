namespace ChittyChat.Peer.Attach;

/// <summary>How <c>attach</c> ends, beside the exit codes of the lines it runs; documented in its help and docs/peer.md.</summary>
internal static class AttachExitCode
{
    /// <summary>The user detached, or every line succeeded.</summary>
    public const int Detached = 0;

    /// <summary>The command line is wrong.</summary>
    public const int BadUsage = 2;

    /// <summary>No peer could be reached, or it went away.</summary>
    public const int Unreachable = 5;

    /// <summary>The token is missing or wrong, or the peer lets nobody attach.</summary>
    public const int Refused = 6;
}

/// <summary>There is no way to be attached (any more); the message says why, in one line.</summary>
internal sealed class AttachException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
