using System.Globalization;

namespace ChittyChat.CommandLine;

/// <content>Walking through the history, and searching it.</content>
internal sealed partial class LineEditor
{
    // What stands before the cursor is what the entries must begin with.
    private static EditorStep Older(EditorState state)
    {
        var line = state.Line;
        var place = state.Place ?? new(state.History.Lines.Count, line.Text[line.LineStart()..line.Cursor], line);
        return state.History.Older(place.Index, place.Prefix, line.Text) is >= 0 and var index
            ? EditorStep.To(state with { Line = Line.AtEnd(state.History.Lines[index]), Place = place with { Index = index }, LastEdit = EditKind.Other })
            : EditorStep.To(state, Ring);
    }

    private static EditorStep Newer(EditorState state)
    {
        if (state.Place is not { } place)
        {
            return EditorStep.To(state, Ring);
        }

        return state.History.Newer(place.Index, place.Prefix, state.Line.Text) is >= 0 and var index
            ? EditorStep.To(state with { Line = Line.AtEnd(state.History.Lines[index]), Place = place with { Index = index }, LastEdit = EditKind.Other })
            : EditorStep.To(state with { Line = place.Original, Place = null, LastEdit = EditKind.Other });
    }

    private static EditorStep StartSearch(EditorState state, bool isForward) =>
        EditorStep.To(state with { Search = new("", -1, HasFailed: false, isForward, state.Line), LastEdit = EditKind.Other });

    private EditorStep PressInSearch(EditorState state, HistorySearch search, KeyPress key)
    {
        var control = key.Modifiers.HasFlag(KeyModifiers.Control) && key.Key == Key.Character ? key.Text : "";
        if (control is "r" or "s")
        {
            return SearchOn(state, search with { IsForward = control == "s" });
        }

        if (key.Key == Key.Escape || control is "g" or "c")
        {
            return EditorStep.To(state with { Search = null, Line = search.Original });
        }

        if (key.Key == Key.Backspace)
        {
            var starts = StringInfo.ParseCombiningCharacters(search.Query);
            return starts.Length == 0 ? EditorStep.To(state, Ring) : SearchAnew(state, search with { Query = search.Query[..starts[^1]] });
        }

        if (key is { Key: Key.Character or Key.Paste, Modifiers: KeyModifiers.None or KeyModifiers.Shift })
        {
            return SearchAnew(state, search with { Query = search.Query + Line.Clean(key.Text).Split('\n')[0] });
        }

        // Every other key takes what was found, and does what it does in a line.
        var found = state with { Search = null };
        if (found.Line.Text != search.Original.Text)
        {
            found = Remember(found with { Line = search.Original }) with { Line = state.Line, Place = null };
        }

        return key.Key == Key.Tab ? EditorStep.To(found) : PressInLine(found, key);
    }

    // From the entry found so far if it still has the text, so that typing on narrows the search down.
    private static EditorStep SearchAnew(EditorState state, HistorySearch search)
    {
        if (search.Query.Length == 0)
        {
            return EditorStep.To(state with { Line = search.Original, Search = search with { Index = -1, HasFailed = false } });
        }

        var history = state.History;
        var from = search.Index >= 0 ? search.Index : search.IsForward ? 0 : history.Lines.Count - 1;
        var index = search.IsForward ? history.FindForward(from, search.Query) : history.FindBackward(from, search.Query);
        return Show(state, search, index);
    }

    private static EditorStep SearchOn(EditorState state, HistorySearch search)
    {
        if (search.Query.Length == 0)
        {
            return EditorStep.To(state with { Search = search });
        }

        var history = state.History;
        var index = search.Index;
        do
        {
            index = search.IsForward ? history.FindForward(index + 1, search.Query)
                : history.FindBackward(index < 0 ? history.Lines.Count - 1 : index - 1, search.Query);
        }
        while (index >= 0 && search.Index >= 0 && history.Lines[index] == history.Lines[search.Index]);

        return Show(state, search, index);
    }

    private static EditorStep Show(EditorState state, HistorySearch search, int index)
    {
        if (index < 0)
        {
            return EditorStep.To(state with { Search = search with { HasFailed = true } }, Ring);
        }

        var text = state.History.Lines[index];
        var at = text.IndexOf(search.Query, StringComparison.OrdinalIgnoreCase);
        // The text may be found within a user-perceived character.
        var line = new Line(text, 0);
        while (line.Cursor < at && line.After(line.Cursor) <= at)
        {
            line = line.MoveTo(line.After(line.Cursor));
        }

        return EditorStep.To(state with { Line = line, Search = search with { Index = index, HasFailed = false } });
    }
}
