namespace ChittyChat.CommandLine;

/// <summary>How a line ended.</summary>
/// <param name="ExitCode">See <see cref="ExitCodes"/>; a shell command's own.</param>
/// <param name="Error">What is wrong; null when nothing is.</param>
/// <param name="Hint">What would be right, or what to do.</param>
public sealed record CommandOutcome(int ExitCode, string? Error = null, string? Hint = null)
{
    /// <summary>All is well.</summary>
    public static CommandOutcome Success { get; } = new(ExitCodes.Success);

    /// <summary>Whether the command has written a JSON document that tells of the failure: it is the only one.</summary>
    internal bool IsTold { get; init; }

    /// <summary>Whether all is well.</summary>
    public bool Succeeded => ExitCode == ExitCodes.Success;
}
