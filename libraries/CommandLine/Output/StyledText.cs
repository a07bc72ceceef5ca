using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>A run of text with one meaning.</summary>
/// <param name="Text">The text; control characters are made harmless where it is shown.</param>
/// <param name="Meaning">What it means.</param>
public readonly record struct StyledRun(string Text, Meaning Meaning = Meaning.Plain);

/// <summary>One line of output, as runs of text with a meaning.</summary>
/// <param name="Runs">The runs, in order.</param>
public sealed record StyledText(ImmutableArray<StyledRun> Runs)
{
    /// <summary>Makes a line of one run.</summary>
    public StyledText(string text, Meaning meaning = Meaning.Plain)
        : this([new StyledRun(text, meaning)])
    {
    }

    /// <summary>A line of plain text.</summary>
    public static implicit operator StyledText(string text) => new(text);

    /// <summary>The text without its meanings.</summary>
    public override string ToString() => string.Concat(Runs.Select(run => run.Text));
}
