namespace ChittyChat.CommandLine;

/// <summary>What a piece of output means. A terminal turns it into a colour, a pipe drops it.</summary>
public enum Meaning
{
    /// <summary>Ordinary text.</summary>
    Plain,

    /// <summary>Less important than what stands around it: times, units, hints.</summary>
    Muted,

    /// <summary>A title, or the header of a table.</summary>
    Heading,

    /// <summary>The name of a person, a peer, a command.</summary>
    Name,

    /// <summary>Something went as it should, or somebody arrived.</summary>
    Success,

    /// <summary>Something to look at, or somebody went away.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}
