using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Everything that the editor knows. Never changes: a key makes a new one.</summary>
internal sealed record EditorState
{
    public Line Line { get; init; } = Line.Empty;

    public ImmutableList<Line> Undo { get; init; } = ImmutableList<Line>.Empty;

    public ImmutableList<Line> Redo { get; init; } = ImmutableList<Line>.Empty;

    public KillRing Kills { get; init; } = KillRing.Empty;

    public LineHistory History { get; init; } = LineHistory.Of([], LineHistory.UsualCapacity);

    /// <summary>What the last key did: kills and typed characters in a row belong together, and Alt-Y goes on from a yank.</summary>
    public EditKind LastEdit { get; init; }

    /// <summary>What was yanked last, while <see cref="LastEdit"/> is a yank.</summary>
    public Yanked Yanked { get; init; }

    /// <summary>Where Up and Down are in the history; null when they are not used.</summary>
    public HistoryPlace? Place { get; init; }

    /// <summary>The search with Ctrl-R; null when there is none.</summary>
    public HistorySearch? Search { get; init; }

    /// <summary>The open completion menu; null when there is none.</summary>
    public CompletionMenu? Menu { get; init; }

    /// <summary>Counts the texts and cursors, so that an answer to an earlier one is known as stale.</summary>
    public long Version { get; init; }

    /// <summary>What the completion source says about this version; null when it has not answered.</summary>
    public CompletionList? Answer { get; init; }

    /// <summary>Whether Tab was pressed and waits for the answer.</summary>
    public bool TabWaits { get; init; }

    /// <summary>Whether a command runs, which Ctrl-C cancels. Set by the host.</summary>
    public bool IsCommandRunning { get; init; }

    /// <summary>What could follow the text, shown dimmed; empty when nothing is suggested.</summary>
    public string Suggestion
    {
        get
        {
            var text = Line.Text;
            if (!Line.IsAtEnd || string.IsNullOrWhiteSpace(text) || Search is not null || Menu is not null || text.Contains('\n'))
            {
                return "";
            }

            if (History.Older(int.MaxValue, text, text) is >= 0 and var index)
            {
                return History.Lines[index][text.Length..];
            }

            return Answer is { Candidates: [var best, ..] } answer && answer.Start + answer.Length == text.Length && answer.Length > 0
                && best.Text.StartsWith(text[answer.Start..], StringComparison.Ordinal) ? best.Text[answer.Length..] : "";
        }
    }
}

/// <summary>What a key did, as far as the next key has to know.</summary>
internal enum EditKind
{
    Other,
    Typing,
    Kill,
    Yank,
}

/// <summary>A yanked text: where it was put, and which of the kill ring's it is.</summary>
internal readonly record struct Yanked(int Start, int Length, int Index);

/// <summary>A place in the history while one walks through it.</summary>
/// <param name="Index">Of the entry that is shown.</param>
/// <param name="Prefix">What the entries begin with.</param>
/// <param name="Original">What Down leads back to.</param>
internal sealed record HistoryPlace(int Index, string Prefix, Line Original);

/// <summary>An incremental search.</summary>
/// <param name="Query">What is looked for.</param>
/// <param name="Index">The entry that has it; -1 when none was found yet.</param>
/// <param name="HasFailed">Whether there is no further one.</param>
/// <param name="IsForward">Whether it goes towards newer entries.</param>
/// <param name="Original">What the line was before.</param>
internal sealed record HistorySearch(string Query, int Index, bool HasFailed, bool IsForward, Line Original);

/// <summary>A menu of completions.</summary>
/// <param name="List">What can be chosen, for the part of <paramref name="Typed"/> that it names.</param>
/// <param name="Selected">The chosen one, which the line shows; -1 for none.</param>
/// <param name="Typed">The line without a choice.</param>
internal sealed record CompletionMenu(CompletionList List, int Selected, Line Typed);

/// <summary>The next state, and what the shell has to do.</summary>
internal readonly record struct EditorStep(EditorState State, ImmutableArray<EditorEffect> Effects)
{
    public static EditorStep To(EditorState state) => new(state, []);

    public static EditorStep To(EditorState state, params ReadOnlySpan<EditorEffect> effects) => new(state, [.. effects]);
}

/// <summary>Something outside the editor.</summary>
internal abstract record EditorEffect
{
    private EditorEffect()
    {
    }

    /// <summary>Hand these lines over, in order.</summary>
    public sealed record Submit(ImmutableArray<string> Lines) : EditorEffect;

    /// <summary>Ask the completion source about the line of this version.</summary>
    public sealed record AskCompletion(long Version, Line Line) : EditorEffect;

    /// <summary>Cancel the running command.</summary>
    public sealed record CancelCommand : EditorEffect;

    /// <summary>Say how to quit.</summary>
    public sealed record SayHowToQuit : EditorEffect;

    /// <summary>The user wants to leave.</summary>
    public sealed record EndOfInput : EditorEffect;

    /// <summary>Empty the screen.</summary>
    public sealed record ClearScreen : EditorEffect;

    /// <summary>Stop the process until the user brings it back.</summary>
    public sealed record Suspend : EditorEffect;

    /// <summary>The key could not do what it is for.</summary>
    public sealed record Ring : EditorEffect;
}
