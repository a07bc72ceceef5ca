using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>
/// Decides what a key does. Keys in, a new state and effects out: the terminal, threads and time are somebody else's business. The keys are those of
/// readline in its Emacs mode, with the arrow keys of everybody else.
/// </summary>
/// <param name="isSecret">Whether a line must not be remembered. Pure.</param>
internal sealed partial class LineEditor(Func<string, bool> isSecret)
{
    private const int MaxUndo = 200;

    private static readonly EditorEffect.Ring Ring = new();

    /// <summary>What a key makes of a state.</summary>
    public EditorStep Press(EditorState state, KeyPress key)
    {
        var step = state.Search is { } search ? PressInSearch(state, search, key)
            : state.Menu is { } menu ? PressInMenu(state, menu, key)
            : PressInLine(state, key);
        return Settle(state, step);
    }

    // A line that has changed needs other completions, and Tab does not wait for those of the old one.
    private static EditorStep Settle(EditorState before, EditorStep step)
    {
        var state = step.State;
        if (state.Line == before.Line)
        {
            return step;
        }

        state = state with { Version = before.Version + 1, Answer = null, TabWaits = false };
        var isWanted = state.Search is null && (state.Menu is { Selected: < 0 } || (state.Menu is null && state.Line.IsAtEnd && !string.IsNullOrWhiteSpace(state.Line.Text)));
        return isWanted && state.Line.Text != before.Line.Text
            ? new(state, step.Effects.Add(new EditorEffect.AskCompletion(state.Version, state.Line)))
            : step with { State = state };
    }

    private EditorStep PressInLine(EditorState state, KeyPress key)
    {
        var line = state.Line;
        var byWord = (key.Modifiers & (KeyModifiers.Control | KeyModifiers.Alt)) != 0;
        return key.Key switch
        {
            Key.Character when key.Modifiers.HasFlag(KeyModifiers.Control) => PressControl(state, key),
            Key.Character when key.Modifiers.HasFlag(KeyModifiers.Alt) => PressAlt(state, key),
            Key.Character => Type(state, Line.Clean(key.Text)),
            Key.Paste => Edit(state, line.Insert(Line.Clean(key.Text))),
            Key.Enter when byWord => Edit(state, line.Insert("\n")),
            Key.Enter => Enter(state),
            Key.Tab when key.Modifiers == KeyModifiers.None => PressTab(state),
            Key.Backspace when byWord => Kill(state, line.WordBefore(Line.IsBetweenWords), line.Cursor),
            Key.Backspace => Edit(state, line.Remove(line.Before(line.Cursor), line.Cursor)),
            Key.Delete when byWord => Kill(state, line.Cursor, line.WordAfter()),
            Key.Delete => DeleteForward(state),
            Key.Left => Move(state, byWord ? line.WordBefore(Line.IsBetweenWords) : line.Before(line.Cursor)),
            Key.Right => MoveForward(state, byWord),
            Key.Home => Move(state, line.Cursor == line.LineStart() ? 0 : line.LineStart()),
            Key.End => MoveToEnd(state),
            Key.Up => line.MoveByLine(up: true) is { } above ? Move(state, above.Cursor) : Older(state),
            Key.Down => line.MoveByLine(up: false) is { } below ? Move(state, below.Cursor) : Newer(state),
            Key.PageUp => Older(state),
            Key.PageDown => Newer(state),
            _ => EditorStep.To(state with { LastEdit = EditKind.Other }),
        };
    }

    private static EditorStep PressControl(EditorState state, KeyPress key)
    {
        var line = state.Line;
        return key.Text switch
        {
            "a" => Move(state, line.LineStart()),
            "b" => Move(state, line.Before(line.Cursor)),
            "c" => Interrupt(state),
            "d" when line.IsEmpty => EditorStep.To(state, new EditorEffect.EndOfInput()),
            "d" => DeleteForward(state),
            "e" => MoveToEnd(state),
            "f" => MoveForward(state, byWord: false),
            "k" => Kill(state, line.Cursor, line.Cursor == line.LineEnd() && !line.IsAtEnd ? line.Cursor + 1 : line.LineEnd()),
            "l" => EditorStep.To(state, new EditorEffect.ClearScreen()),
            "n" => Newer(state),
            "p" => Older(state),
            "r" => StartSearch(state, isForward: false),
            "s" => StartSearch(state, isForward: true),
            "t" => Edit(state, line.Transpose()),
            "u" => Kill(state, line.Cursor == line.LineStart() && line.Cursor > 0 ? line.Cursor - 1 : line.LineStart(), line.Cursor),
            "w" => Kill(state, line.WordBefore(char.IsWhiteSpace), line.Cursor),
            "y" => Yank(state),
            "z" => EditorStep.To(state, new EditorEffect.Suspend()),
            "_" or "/" or "-" => Undo(state),
            _ => EditorStep.To(state with { LastEdit = EditKind.Other }),
        };
    }

    private static EditorStep PressAlt(EditorState state, KeyPress key)
    {
        var line = state.Line;
        return key.Text switch
        {
            "b" or "B" => Move(state, line.WordBefore(Line.IsBetweenWords)),
            "f" or "F" => MoveForward(state, byWord: true),
            "d" or "D" => Kill(state, line.Cursor, line.WordAfter()),
            "y" or "Y" => YankOlder(state),
            "/" or "_" => Redo(state),
            _ => EditorStep.To(state with { LastEdit = EditKind.Other }),
        };
    }

    private static EditorStep Type(EditorState state, string text)
    {
        if (text.Length == 0)
        {
            return EditorStep.To(state);
        }

        // One undo takes back a word, not a character.
        var goesOn = state.LastEdit == EditKind.Typing && !state.Undo.IsEmpty
            && !(char.IsWhiteSpace(text[0]) && state.Line.Cursor > 0 && !char.IsWhiteSpace(state.Line.Text[state.Line.Cursor - 1]));
        return state.Line.Insert(text) is not { } line ? EditorStep.To(state, Ring)
            : EditorStep.To((goesOn ? state with { Redo = ImmutableList<Line>.Empty } : Remember(state)) with { Line = line, LastEdit = EditKind.Typing, Place = null });
    }

    // Null stands for a line that would be too long.
    private static EditorStep Edit(EditorState state, Line? line, EditKind kind = EditKind.Other) =>
        line is null || line.Text == state.Line.Text ? EditorStep.To(state with { LastEdit = kind }, Ring)
            : EditorStep.To(Remember(state) with { Line = line, LastEdit = kind, Place = null });

    private static EditorState Remember(EditorState state)
    {
        var undo = state.Undo.Add(state.Line);
        return state with { Undo = undo.Count > MaxUndo ? undo.RemoveAt(0) : undo, Redo = ImmutableList<Line>.Empty };
    }

    private static EditorStep Move(EditorState state, int to)
    {
        var moved = EditorStep.To(state with { Line = state.Line.MoveTo(to), LastEdit = EditKind.Other });
        return to == state.Line.Cursor ? moved with { Effects = [Ring] } : moved;
    }

    private static EditorStep MoveForward(EditorState state, bool byWord)
    {
        var line = state.Line;
        if (line.IsAtEnd && state.Suggestion is { Length: > 0 } suggestion)
        {
            var whole = new Line(line.Text + suggestion, line.Cursor);
            return Edit(state, byWord ? Line.AtEnd(whole.Text[..whole.WordAfter()]) : Line.AtEnd(whole.Text));
        }

        return Move(state, line.IsAtEnd ? line.Cursor : byWord ? line.WordAfter() : line.After(line.Cursor));
    }

    private static EditorStep MoveToEnd(EditorState state)
    {
        var line = state.Line;
        return line.IsAtEnd && state.Suggestion.Length > 0 ? MoveForward(state, byWord: false)
            : Move(state, line.Cursor == line.LineEnd() ? line.Text.Length : line.LineEnd());
    }

    private static EditorStep DeleteForward(EditorState state) =>
        Edit(state, state.Line.IsAtEnd ? null : state.Line.Remove(state.Line.Cursor, state.Line.After(state.Line.Cursor)));

    private static EditorStep Kill(EditorState state, int from, int to)
    {
        if (from == to)
        {
            return EditorStep.To(state, Ring);
        }

        var text = state.Line.Text[from..to];
        var isBefore = from < state.Line.Cursor;
        var kills = state.LastEdit == EditKind.Kill ? state.Kills.Extend(text, isBefore) : state.Kills.Add(text);
        return Edit(state with { Kills = kills }, state.Line.Remove(from, to), EditKind.Kill);
    }

    private static EditorStep Yank(EditorState state) =>
        state.Kills.Texts is [var newest, ..] ? PutYanked(state, state.Line, newest, index: 0) : EditorStep.To(state, Ring);

    private static EditorStep YankOlder(EditorState state)
    {
        if (state.LastEdit != EditKind.Yank || state.Kills.Texts.Count < 2)
        {
            return EditorStep.To(state, Ring);
        }

        var (start, length, index) = state.Yanked;
        var next = (index + 1) % state.Kills.Texts.Count;
        return PutYanked(state, state.Line.Remove(start, start + length), state.Kills.Texts[next], next);
    }

    private static EditorStep PutYanked(EditorState state, Line line, string text, int index)
    {
        var start = line.Cursor;
        return line.Insert(text) is not { } yanked ? EditorStep.To(state, Ring)
            : EditorStep.To(Remember(state) with { Line = yanked, LastEdit = EditKind.Yank, Place = null, Yanked = new(start, text.Length, index) });
    }

    private static EditorStep Undo(EditorState state) => state.Undo is [.., var last]
        ? EditorStep.To(state with
        {
            Line = last,
            Undo = state.Undo.RemoveAt(state.Undo.Count - 1),
            Redo = state.Redo.Add(state.Line),
            LastEdit = EditKind.Other,
            Place = null,
        })
        : EditorStep.To(state, Ring);

    private static EditorStep Redo(EditorState state) => state.Redo is [.., var last]
        ? EditorStep.To(state with
        {
            Line = last,
            Undo = state.Undo.Add(state.Line),
            Redo = state.Redo.RemoveAt(state.Redo.Count - 1),
            LastEdit = EditKind.Other,
            Place = null,
        })
        : EditorStep.To(state, Ring);

    // Ctrl-C: the running command first, then the line; with neither it says how to quit.
    private static EditorStep Interrupt(EditorState state) =>
        state.IsCommandRunning ? EditorStep.To(state, new EditorEffect.CancelCommand())
        : state.Line.IsEmpty ? EditorStep.To(state, new EditorEffect.SayHowToQuit())
        : EditorStep.To(Remember(state) with { Line = Line.Empty, LastEdit = EditKind.Other, Place = null });

    private EditorStep Enter(EditorState state)
    {
        var lines = state.Line.Text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).ToImmutableArray();
        var next = state with
        {
            Line = Line.Empty,
            Undo = ImmutableList<Line>.Empty,
            Redo = ImmutableList<Line>.Empty,
            History = lines.Where(line => !isSecret(line)).Aggregate(state.History, (history, line) => history.Add(line)),
            LastEdit = EditKind.Other,
            Place = null,
            Search = null,
            Menu = null,
        };
        return lines.IsEmpty ? EditorStep.To(next) : EditorStep.To(next, new EditorEffect.Submit(lines));
    }
}
