using System.Collections.Immutable;
using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>How many columns and rows a terminal has.</summary>
internal readonly record struct TerminalSize(int Columns, int Rows);

/// <summary>One column of one row.</summary>
/// <param name="Text">One user-perceived character; empty in the second column of a wide one.</param>
/// <param name="Look">How it looks.</param>
internal readonly record struct Cell(string Text, Look Look)
{
    /// <summary>Whether this is the second column of a wide character.</summary>
    public bool IsContinuation => Text.Length == 0;
}

/// <summary>What the editor shows: the prompt, the text and what belongs to it, as rows of cells, and where the cursor is.</summary>
/// <param name="Rows">The rows, none longer than the terminal is wide.</param>
/// <param name="CursorRow">The cursor's row, from 0.</param>
/// <param name="CursorColumn">The cursor's column, from 0; always less than the width.</param>
internal sealed record Frame(ImmutableArray<ImmutableArray<Cell>> Rows, int CursorRow, int CursorColumn)
{
    /// <summary>Nothing but the cursor.</summary>
    public static Frame Empty { get; } = new([[]], 0, 0);

    /// <summary>The rows as text.</summary>
    public override string ToString() => string.Join('\n', Rows.Select(row => string.Concat(row.Select(cell => cell.Text))));
}

/// <summary>Fills rows with cells, beginning a new row where one is full.</summary>
internal sealed class FrameRows(int width)
{
    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(c => ((char)c).ToString())];

    private readonly List<ImmutableArray<Cell>.Builder> _rows = [ImmutableArray.CreateBuilder<Cell>(width)];

    /// <summary>The row that is being filled.</summary>
    public int Row => _rows.Count - 1;

    /// <summary>The column where the next cell goes; the width when the row is full.</summary>
    public int Column => _rows[^1].Count;

    public void StartRow() => _rows.Add(ImmutableArray.CreateBuilder<Cell>(width));

    /// <summary>Adds a text; gives where its first cell is.</summary>
    public void Add(string text, Look look)
    {
        for (var index = 0; index < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text.AsSpan(index));
            AddElement(text.AsSpan(index, length), look);
            index += length;
        }
    }

    /// <summary>Adds a text of as many columns as are free in the row, with an ellipsis if that is not all.</summary>
    public void AddCut(string text, Look look, int columns)
    {
        columns = Math.Min(columns, width - Column);
        text = DisplayText.Harmless(text);
        if (DisplayText.Columns(text) <= columns)
        {
            Add(text, look);
            return;
        }

        for (var index = 0; index < text.Length && columns > 0;)
        {
            var length = StringInfo.GetNextTextElementLength(text.AsSpan(index));
            var needed = Math.Max(1, DisplayText.ElementColumns(text.AsSpan(index, length)));
            if (needed > columns - 1)
            {
                Add("…", look);
                return;
            }

            AddElement(text.AsSpan(index, length), look);
            columns -= needed;
            index += length;
        }
    }

    public void Pad(int column, Look look = default)
    {
        while (Column < Math.Min(column, width))
        {
            _rows[^1].Add(new(" ", look));
        }
    }

    /// <summary>Adds one user-perceived character; gives where it is.</summary>
    public (int Row, int Column) AddElement(ReadOnlySpan<char> element, Look look)
    {
        var (text, columns) = Visible(element);
        if (Column + columns > width)
        {
            StartRow();
        }

        var place = (Row, Column);
        _rows[^1].Add(new(text, look));
        if (columns == 2)
        {
            _rows[^1].Add(new("", look));
        }

        return place;
    }

    public ImmutableArray<ImmutableArray<Cell>> ToRows() => [.. _rows.Select(row => row.ToImmutable())];

    // A mark that stands alone gets a circle to stand on, and what would be invisible can be seen: one must be able to delete it.
    private static (string Text, int Columns) Visible(ReadOnlySpan<char> element)
    {
        if (element is [>= ' ' and <= '~'])
        {
            return (Ascii[element[0]], 1);
        }

        var text = DisplayText.Harmless(element.ToString());
        return DisplayText.ElementColumns(text) switch
        {
            0 when char.GetUnicodeCategory(text, 0) is UnicodeCategory.Format => ("\uFFFD", 1),
            0 => ("\u25CC" + text, 1),
            var columns => (text, columns),
        };
    }
}
