using System.Globalization;

namespace ChittyChat.CommandLine.Tests.Editing;

/// <summary>
/// A terminal that understands exactly what the prompt writes, and fails on anything else. It scrolls, it wraps long lines when something is printed behind
/// their last column, and it wraps them anew when it is resized, as most terminals do.
/// </summary>
internal sealed class FakeScreen(int columns, int rows)
{
    // Also those that have scrolled out; each says whether it goes on in the next.
    private readonly List<Row> _rows = [new()];
    private string _look = "";
    private int _top;
    private int _row;
    private int _column;
    private bool _wraps = true;

    public int Bells { get; private set; }

    public bool IsCursorVisible { get; private set; } = true;

    /// <summary>How many rows have scrolled out.</summary>
    public int ScrolledOut => _top;

    /// <summary>The cursor: how far it is from the last row, and its column.</summary>
    public (int RowsBelow, int Column) Cursor => (_rows.Count - 1 - _row, Math.Min(_column, columns - 1));

    /// <summary>The lines as they were before wrapping: each cell's text and look; those that have scrolled out first.</summary>
    public List<List<(string Text, string Look)>> Lines()
    {
        var lines = new List<List<(string, string)>>();
        for (var i = 0; i < _rows.Count; i++)
        {
            if (i == 0 || !_rows[i - 1].Continues)
            {
                lines.Add([]);
            }

            lines[^1].AddRange(_rows[i].Cells.Where(cell => cell.Text.Length > 0));
        }

        return lines;
    }

    public void Write(string output)
    {
        for (var i = 0; i < output.Length;)
        {
            i += output[i] == '\e' ? Sequence(output.AsSpan(i)) : Print(output.AsSpan(i));
        }

        // Empty rows below the cursor are no different from none.
        while (_rows.Count - 1 > _row && _rows[^1].Cells.Count == 0)
        {
            _rows.RemoveAt(_rows.Count - 1);
        }
    }

    public void Resize(int newColumns, int newRows)
    {
        var below = _rows.Count - 1 - _row;
        if (newColumns != columns)
        {
            Rewrap(newColumns);
        }

        columns = newColumns;
        rows = newRows;
        // What is below the cursor and empty goes first; then rows scroll out, or come back.
        while (_rows.Count - _top > rows && _rows.Count - 1 > _row && _rows[^1].Cells.Count == 0 && below > 0)
        {
            _rows.RemoveAt(_rows.Count - 1);
        }

        _top = Math.Max(0, _rows.Count - rows);
        _row = Math.Max(_row, _top);
    }

    private void Rewrap(int width)
    {
        var lines = new List<(List<(string Text, string Look)> Cells, int Cursor)>();
        for (var i = 0; i < _rows.Count; i++)
        {
            if (i == 0 || !_rows[i - 1].Continues)
            {
                lines.Add(([], -1));
            }

            if (i == _row)
            {
                lines[^1] = (lines[^1].Cells, lines[^1].Cells.Count + _column);
            }

            // A cell that a wide character left free at the end of its row is none of the line's.
            lines[^1].Cells.AddRange(_rows[i].Cells);
        }

        _rows.Clear();
        foreach (var (cells, cursor) in lines)
        {
            _rows.Add(new());
            var isPlaced = cursor < 0;
            for (var i = 0; i < cells.Count; i++)
            {
                var taken = i + 1 < cells.Count && cells[i + 1].Text.Length == 0 ? 2 : 1;
                if (cells[i].Text.Length > 0 && _rows[^1].Cells.Count + taken > width)
                {
                    _rows[^1].Continues = true;
                    _rows.Add(new());
                }

                if (!isPlaced && i == cursor)
                {
                    (_row, _column, isPlaced) = (_rows.Count - 1, _rows[^1].Cells.Count, true);
                }

                _rows[^1].Cells.Add(cells[i]);
            }

            if (!isPlaced)
            {
                // Behind the last character it stays on the same row.
                (_row, _column) = (_rows.Count - 1, Math.Min(width, _rows[^1].Cells.Count + Math.Max(0, cursor - cells.Count)));
            }
        }
    }

    private int Print(ReadOnlySpan<char> output)
    {
        switch (output[0])
        {
            case '\r':
                _column = 0;
                return 1;
            case '\n':
                LineFeed();
                return 1;
            case '\a':
                Bells++;
                return 1;
        }

        var length = StringInfo.GetNextTextElementLength(output);
        var text = output[..length].ToString();
        Assert.False(char.IsControl(text[0]), $"The control character {(int)text[0]:X2} was written.");
        var taken = DisplayText.ElementColumns(text);
        if (taken == 0)
        {
            return length;
        }

        if (_column + taken > columns && !_wraps)
        {
            _column = columns - taken;
        }

        if (_column + taken > columns)
        {
            _rows[_row].Continues = true;
            LineFeed();
            _column = 0;
        }

        Put(text);
        if (taken == 2)
        {
            Put("");
        }

        return length;
    }

    private void Put(string text)
    {
        var cells = _rows[_row].Cells;
        while (cells.Count <= _column)
        {
            cells.Add((" ", ""));
        }

        // Half of a wide character cannot stay.
        if (cells[_column].Text.Length == 0 && text.Length > 0 && _column > 0)
        {
            cells[_column - 1] = (" ", "");
        }

        if (_column + 1 < cells.Count && cells[_column + 1].Text.Length == 0 && cells[_column].Text.Length > 0)
        {
            cells[_column + 1] = (" ", "");
        }

        cells[_column++] = (text, _look);
    }

    private void LineFeed()
    {
        _row++;
        if (_row == _rows.Count)
        {
            _rows.Add(new());
            _top = Math.Max(_top, _rows.Count - rows);
        }
    }

    private int Sequence(ReadOnlySpan<char> output)
    {
        Assert.Equal('[', output[1]);
        var end = 2;
        while (!char.IsAsciiLetter(output[end]))
        {
            end++;
        }

        var parameters = output[2..end].ToString();
        var number = int.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 1;
        switch (output[end], parameters)
        {
            case ('A', _):
                _row = Math.Max(_top, _row - number);
                _column = Math.Min(_column, columns - 1);
                break;
            case ('B', _):
                _row = Math.Min(_rows.Count - 1, _row + number);
                _column = Math.Min(_column, columns - 1);
                break;
            case ('C', ""):
                _column = Math.Min(columns - 1, _column + 1);
                break;
            case ('G', _):
                _column = Math.Min(number, columns) - 1;
                break;
            case ('H', ""):
                (_row, _column) = (_top, 0);
                break;
            case ('J', ""):
                EraseToEndOfLine();
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            case ('J', "2"):
                _rows.RemoveRange(_top, _rows.Count - _top);
                if (_top > 0)
                {
                    _rows[_top - 1].Continues = false;
                }

                _rows.Add(new());
                (_row, _column) = (_top, 0);
                break;
            case ('M', _):
                _rows.RemoveRange(_row, Math.Min(number, _rows.Count - _row));
                if (_row == _rows.Count)
                {
                    _rows.Add(new());
                }

                StartAnew();
                break;
            case ('K', "1"):
                for (var i = 0; i < Math.Min(_column + 1, _rows[_row].Cells.Count); i++)
                {
                    _rows[_row].Cells[i] = (" ", "");
                }

                if (_rows[_row].Cells.Count <= _column + 1)
                {
                    _rows[_row].Cells.Clear();
                }

                StartAnew();
                break;
            case ('K', ""):
                Assert.True(_column < columns, "Something is erased behind the last column.");
                EraseToEndOfLine();
                break;
            case ('m', "0"):
                _look = "";
                break;
            case ('m', _):
                Assert.Equal("", _look);
                _look = parameters;
                break;
            case ('l', "?25"):
                IsCursorVisible = false;
                break;
            case ('l' or 'h', "?7"):
                _wraps = output[end] == 'h';
                break;
            case ('h', "?25"):
                IsCursorVisible = true;
                break;
            default:
                Assert.Fail($"The sequence Escape{output[1..(end + 1)]} was written.");
                break;
        }

        return end + 1;
    }

    // What went on from the row above is gone.
    private void StartAnew()
    {
        if (_row > 0)
        {
            _rows[_row - 1].Continues = false;
        }
    }

    private void EraseToEndOfLine()
    {
        var row = _rows[_row];
        if (_column < row.Cells.Count)
        {
            if (row.Cells[_column].Text.Length == 0)
            {
                row.Cells[_column - 1] = (" ", "");
            }

            row.Cells.RemoveRange(_column, row.Cells.Count - _column);
        }

        row.Continues = false;
    }

    private sealed class Row
    {
        public List<(string Text, string Look)> Cells { get; } = [];

        public bool Continues { get; set; }
    }
}
