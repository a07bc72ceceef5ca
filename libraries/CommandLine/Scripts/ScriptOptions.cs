namespace ChittyChat.CommandLine;

/// <summary>How a script runs.</summary>
internal sealed record ScriptOptions
{
    /// <summary>Whether it goes on after a line has failed; its exit code is that of the first failure all the same.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>Whether each line is shown before it runs.</summary>
    public bool Echo { get; init; }
}
