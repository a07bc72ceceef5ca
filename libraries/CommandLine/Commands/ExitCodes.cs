namespace ChittyChat.CommandLine;

/// <summary>How a line can end, as a number that a shell understands.</summary>
public static class ExitCodes
{
    /// <summary>It did what it should.</summary>
    public const int Success = 0;

    /// <summary>It failed.</summary>
    public const int Failure = 1;

    /// <summary>The line is wrong: no such command, an argument that does not fit.</summary>
    public const int Usage = 2;

    /// <summary>It took longer than allowed.</summary>
    public const int TimedOut = 124;

    /// <summary>It was cancelled.</summary>
    public const int Cancelled = 130;
}
