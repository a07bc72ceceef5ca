using System.Collections.Immutable;
using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>Lays out what the editor shows for a terminal of a certain size.</summary>
internal static class FrameLayout
{
    /// <summary>Narrower terminals get what fits in this many columns.</summary>
    public const int MinWidth = 4;

    private const int MaxMenuRows = 10;

    // A column at the right stays free beside the counter, and one between it and the text.
    private const int CounterMargin = 1;

    /// <summary>Makes the frame.</summary>
    /// <param name="state">What the editor knows.</param>
    /// <param name="prompt">What stands before the text. When it takes more than half of a row, "> " stands there instead.</param>
    /// <param name="counter">What stands at the right end of the last row; null for nothing.</param>
    /// <param name="size">Of the terminal.</param>
    public static Frame Of(EditorState state, StyledText prompt, StyledText? counter, TerminalSize size)
    {
        var width = Math.Max(MinWidth, size.Columns);
        // One row stays for what is printed above.
        var maxRows = Math.Max(1, size.Rows - 1);
        var rows = new FrameRows(width);
        AddPrompt(rows, state, prompt, width);
        var cursor = AddText(rows, state, width);
        var text = rows.ToRows();
        var counterRow = counter is null ? [] : AddCounter(ref text, counter, width);
        var menuRows = state.Menu is null ? [] : Menu(state.Menu, width, Math.Min(MaxMenuRows, maxRows - Math.Min(text.Length, maxRows) - counterRow.Length));

        // A text of more rows than the terminal has is seen around the cursor.
        var textRows = Math.Max(1, maxRows - counterRow.Length - menuRows.Length);
        var first = Math.Clamp(cursor.Row - (textRows / 2), 0, Math.Max(0, text.Length - textRows));
        var shown = text.Skip(first).Take(textRows).Concat(maxRows > 1 ? counterRow : []).Concat(menuRows);
        return new([.. shown], cursor.Row - first, cursor.Column);
    }

    private static void AddPrompt(FrameRows rows, EditorState state, StyledText prompt, int width)
    {
        if (state.Search is { } search)
        {
            var label = search.HasFailed ? "not found" : search.IsForward ? "newer" : "search";
            var shown = new StyledText([
                new($"({label}: ", search.HasFailed ? Meaning.Warning : Meaning.Muted), new(search.Query, Meaning.Name), new(") ", search.HasFailed ? Meaning.Warning : Meaning.Muted)]);
            AddRuns(rows, shown);
        }
        else if (DisplayText.Columns(prompt.ToString()) > width / 2)
        {
            rows.Add("> ", default);
        }
        else
        {
            AddRuns(rows, prompt);
        }
    }

    private static void AddRuns(FrameRows rows, StyledText text)
    {
        foreach (var run in text.Runs)
        {
            rows.Add(DisplayText.Harmless(run.Text), new(run.Meaning));
        }
    }

    private static (int Row, int Column) AddText(FrameRows rows, EditorState state, int width)
    {
        var (text, end) = (state.Line.Text, state.Line.Cursor);
        (int Row, int Column)? cursor = null;
        for (var index = 0; index < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text.AsSpan(index));
            (int Row, int Column) place;
            if (text[index] == '\n')
            {
                // The end of a row is a place like any other: one row further when the row is full.
                place = FreePlace(rows, width, isNeeded: index == end);
                rows.StartRow();
                rows.Add(width >= 10 ? "| " : "", new(Meaning.Muted));
            }
            else
            {
                place = rows.AddElement(text.AsSpan(index, length), default);
            }

            cursor = index == end ? place : cursor;
            index += length;
        }

        var behind = FreePlace(rows, width, isNeeded: cursor is null);
        rows.Add(DisplayText.Harmless(state.Suggestion), new(Meaning.Plain, Emphasis.Hint));
        return cursor ?? behind;
    }

    private static (int Row, int Column) FreePlace(FrameRows rows, int width, bool isNeeded)
    {
        if (isNeeded && rows.Column == width)
        {
            rows.StartRow();
        }

        return (rows.Row, rows.Column);
    }

    // At the right of the last row when there is room, else in a row of its own, which is given back.
    private static ImmutableArray<ImmutableArray<Cell>> AddCounter(ref ImmutableArray<ImmutableArray<Cell>> text, StyledText counter, int width)
    {
        var columns = DisplayText.Columns(DisplayText.Harmless(counter.ToString()));
        if (columns == 0 || columns + CounterMargin > width)
        {
            return [];
        }

        var row = new FrameRows(width);
        var start = width - CounterMargin - columns;
        row.Pad(start);
        AddRuns(row, counter);
        var last = text[^1];
        if (last.Length + 1 > start)
        {
            return [row.ToRows()[0]];
        }

        text = text.SetItem(text.Length - 1, last.AddRange(row.ToRows()[0].AsSpan()[last.Length..]));
        return [];
    }

    private static ImmutableArray<ImmutableArray<Cell>> Menu(CompletionMenu menu, int width, int room)
    {
        var candidates = menu.List.Candidates;
        if (room < 1 || candidates.IsEmpty)
        {
            return [];
        }

        // The last row says where one is when there are more than can be seen.
        var isCut = candidates.Length > room;
        var visible = isCut && room > 1 ? room - 1 : Math.Min(room, candidates.Length);
        var first = Math.Clamp(menu.Selected - visible + 1, 0, candidates.Length - visible);
        var names = Math.Min(candidates.Skip(first).Take(visible).Max(c => DisplayText.Columns(c.Text)), Math.Max(8, width / 2));
        var rows = new FrameRows(width);
        for (var i = first; i < first + visible; i++)
        {
            var isSelected = i == menu.Selected;
            var emphasis = isSelected ? Emphasis.Selected : Emphasis.None;
            if (i > first)
            {
                rows.StartRow();
            }

            rows.Pad(1, new(Meaning.Plain, emphasis));
            rows.AddCut(candidates[i].Text, new(Meaning.Plain, emphasis), names);
            if (isSelected || candidates[i].Description.Length > 0)
            {
                rows.Pad(names + 1, new(Meaning.Plain, emphasis));
                rows.Pad(names + 2, new(Meaning.Plain, emphasis));
            }

            if (candidates[i].Description.Length > 0)
            {
                rows.Pad(names + 3, new(Meaning.Plain, emphasis));
                rows.AddCut(candidates[i].Description, new(isSelected ? Meaning.Plain : Meaning.Muted, emphasis), width - names - 4);
            }
        }

        if (isCut && room > 1)
        {
            rows.StartRow();
            rows.AddCut(string.Create(CultureInfo.InvariantCulture, $" {first + 1}–{first + visible} of {candidates.Length}"), new(Meaning.Muted), width - 1);
        }

        return rows.ToRows();
    }
}
