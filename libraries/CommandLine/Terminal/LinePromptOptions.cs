namespace ChittyChat.CommandLine;

/// <summary>What a <see cref="LinePrompt"/> looks like and what it works with. The functions are called on the prompt's own thread: they have to be quick.</summary>
public sealed record LinePromptOptions
{
    /// <summary>What stands before the line, asked for whenever it is drawn.</summary>
    /// <value>By default "> ", which also replaces a prompt that takes more than half of a row.</value>
    public Func<StyledText> Prompt { get; init; } = () => "> ";

    /// <summary>What stands at the right of the line (a count of its characters, say), made from its text; null for nothing.</summary>
    public Func<string, StyledText?>? Counter { get; init; }

    /// <summary>What Tab and the suggestion ask; null for history only.</summary>
    public ICompletionSource? Completion { get; init; }

    /// <summary>Where lines are kept from one run to the next; null for this run only.</summary>
    public HistoryFile? History { get; init; }

    /// <summary>Whether a line must not be remembered, because it has a password or a key in it. Pure.</summary>
    /// <value>By default no line is secret.</value>
    public Func<string, bool> IsSecret { get; init; } = _ => false;

    /// <summary>Whether an entered line stays on the screen, behind the prompt as it was. Pure.</summary>
    /// <value>By default every line does.</value>
    public Func<string, bool> StaysVisible { get; init; } = _ => true;

    /// <summary>What Ctrl-C on an empty line says.</summary>
    public StyledText QuitHint { get; init; } = new("Ctrl-D leaves.", Meaning.Muted);

    /// <summary>What is printed at the start.</summary>
    public IReadOnlyList<StyledText> Greeting { get; init; } = [];

    /// <summary>Whether output has colours.</summary>
    /// <value>By default, unless the environment says <c>NO_COLOR</c>.</value>
    public bool HasColours { get; init; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>So many lines of output wait for the terminal; further ones are lost, and their number is shown.</summary>
    /// <value>4,096 by default; at least 1.</value>
    public int OutputCapacity { get; init; } = 4096;

    /// <summary>So many entered lines wait for the program; what is entered beyond is refused with a message.</summary>
    /// <value>1,024 by default; at least 1.</value>
    public int LineCapacity { get; init; } = 1024;
}
