namespace ChittyChat.CommandLine;

/// <summary>A failure that a user can understand: shown as its message (and hint) alone. Everything else is shown as a defect and logged.</summary>
public sealed class CommandException : Exception
{
    /// <summary>Says what is wrong, and what would be right.</summary>
    /// <param name="message">What is wrong, in one line without a full stop.</param>
    /// <param name="hint">What would be right, or what to do.</param>
    /// <param name="exitCode">See <see cref="ExitCodes"/>; not 0.</param>
    public CommandException(string message, string? hint = null, int exitCode = ExitCodes.Failure)
        : base(message)
    {
        ArgumentOutOfRangeException.ThrowIfZero(exitCode);
        Hint = hint;
        ExitCode = exitCode;
    }

    /// <summary>What would be right, or what to do.</summary>
    public string? Hint { get; }

    /// <summary>The exit code that the command ends with.</summary>
    public int ExitCode { get; }

    /// <summary>
    /// What it came to all the same, such as how far it got. Written as a result before the message is shown; with <c>--json</c> it is written in place of the
    /// message, so that it should tell of the failure. Null for nothing.
    /// </summary>
    public object? Result { get; init; }
}
