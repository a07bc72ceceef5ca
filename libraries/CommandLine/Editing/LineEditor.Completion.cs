using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <content>Completion: answers arrive when they arrive; only those for the line as it is now are used.</content>
internal sealed partial class LineEditor
{
    /// <summary>So many candidates are offered at most.</summary>
    public const int MaxCandidates = 1000;

    private const int Page = 8;

    /// <summary>What an answer of the completion source makes of a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="version">Of the line that was asked about.</param>
    /// <param name="answer">What the source says.</param>
    public static EditorStep Complete(EditorState state, long version, CompletionList answer)
    {
        if (version != state.Version || state.Search is not null)
        {
            return EditorStep.To(state);
        }

        var known = state with { Answer = Sound(answer, state.Line), TabWaits = false };
        if (state.Menu is { Selected: < 0 } menu)
        {
            known = known with { Menu = known.Answer.Candidates.IsEmpty ? null : menu with { List = known.Answer, Typed = state.Line } };
            return Settle(state, state.TabWaits && known.Menu is { } open ? Select(known, open, 0) : EditorStep.To(known));
        }

        return Settle(state, state.TabWaits ? UseAnswer(known, known.Answer) : EditorStep.To(known));
    }

    // Sources are written by others: an answer about another line, or with line breaks in it, must do no harm.
    private static CompletionList Sound(CompletionList answer, Line line)
    {
        var isInside = answer.Start >= 0 && answer.Length >= 0 && answer.Start + answer.Length <= line.Text.Length && !answer.Candidates.IsDefault;
        return isInside
            ? answer with { Candidates = [.. answer.Candidates.Take(MaxCandidates).Select(c => c with { Text = Line.Clean(c.Text).Replace('\n', ' ') })] }
            : CompletionList.None;
    }

    private static EditorStep PressTab(EditorState state) => state.Answer is { } answer ? UseAnswer(state, answer)
        : EditorStep.To(state with { TabWaits = true, LastEdit = EditKind.Other }, new EditorEffect.AskCompletion(state.Version, state.Line));

    // One candidate is put in; of several what they have in common, and the menu opens.
    private static EditorStep UseAnswer(EditorState state, CompletionList answer)
    {
        if (answer.Candidates.IsEmpty)
        {
            return EditorStep.To(state, Ring);
        }

        if (answer.Candidates is [var only])
        {
            return Edit(state, Completed(state.Line, answer, only));
        }

        var common = CommonPrefix(answer.Candidates);
        var line = common.Length > answer.Length && common.StartsWith(state.Line.Text.Substring(answer.Start, answer.Length), StringComparison.Ordinal)
            ? state.Line.Replace(answer.Start, answer.Length, common) : state.Line;
        var next = line == state.Line ? state : Edit(state, line).State;
        return EditorStep.To(next with { Menu = new(answer with { Length = line == state.Line ? answer.Length : common.Length }, -1, line) });
    }

    private EditorStep PressInMenu(EditorState state, CompletionMenu menu, KeyPress key)
    {
        var count = menu.List.Candidates.Length;
        var isControl = key is { Key: Key.Character, Modifiers: KeyModifiers.Control };
        var step = key.Key switch
        {
            Key.Tab when key.Modifiers.HasFlag(KeyModifiers.Shift) => menu.Selected - 1,
            Key.Up => menu.Selected - 1,
            Key.Tab or Key.Down => menu.Selected + 1,
            Key.PageUp => Math.Max(0, menu.Selected - Page),
            Key.PageDown => Math.Min(count - 1, menu.Selected + Page),
            Key.Character when isControl && key.Text == "p" => menu.Selected - 1,
            Key.Character when isControl && key.Text == "n" => menu.Selected + 1,
            _ => (int?)null,
        };
        if (step is { } index)
        {
            // The menu is still that of an earlier line: wait for the one of this.
            return menu.Selected < 0 && state.Answer is null ? EditorStep.To(state with { TabWaits = true })
                : Select(state, menu, index < 0 ? count - 1 : index % count);
        }

        if (key.Key == Key.Escape || (isControl && key.Text == "g"))
        {
            return EditorStep.To(state with { Menu = null, Line = menu.Typed });
        }

        if (menu.Selected < 0)
        {
            var next = PressInLine(state with { Menu = null }, key);
            // Typing narrows an open menu down.
            var staysOpen = next.State.Line.Text != state.Line.Text && !next.State.Line.IsEmpty
                && (next.State.LastEdit == EditKind.Typing || key.Key == Key.Backspace);
            return staysOpen ? next with { State = next.State with { Menu = menu with { Typed = next.State.Line } } } : next;
        }

        var undoable = Remember(state with { Line = menu.Typed }) with { Line = state.Line, Menu = null, Place = null, LastEdit = EditKind.Other };
        return key.Key == Key.Enter
            ? EditorStep.To(undoable with { Line = Completed(menu.Typed, menu.List, menu.List.Candidates[menu.Selected]) })
            : PressInLine(undoable, key);
    }

    private static EditorStep Select(EditorState state, CompletionMenu menu, int index)
    {
        var line = menu.Typed.Replace(menu.List.Start, menu.List.Length, menu.List.Candidates[index].Text);
        return EditorStep.To(state with { Line = line, Menu = menu with { Selected = index }, LastEdit = EditKind.Other });
    }

    private static Line Completed(Line line, CompletionList list, Candidate candidate)
    {
        var end = list.Start + list.Length;
        var followsSpace = end < line.Text.Length && line.Text[end] == ' ';
        var completed = line.Replace(list.Start, list.Length, candidate.IsWhole && !followsSpace ? candidate.Text + " " : candidate.Text);
        return candidate.IsWhole && followsSpace ? completed.MoveTo(completed.Cursor + 1) : completed;
    }

    private static string CommonPrefix(ImmutableArray<Candidate> candidates)
    {
        var prefix = candidates[0].Text;
        foreach (var candidate in candidates)
        {
            prefix = prefix[..prefix.AsSpan().CommonPrefixLength(candidate.Text)];
        }

        return prefix is [.. var whole, var last] && char.IsHighSurrogate(last) ? whole : prefix;
    }
}
