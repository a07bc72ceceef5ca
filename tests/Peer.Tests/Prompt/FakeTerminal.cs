using System.Buffers;
using System.Globalization;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

/// <summary>
/// A terminal that understands exactly what the prompt writes, and fails on anything else. It scrolls without limit, and it wraps long
/// lines anew when it is resized, as most terminals do.
/// </summary>
internal sealed class FakeTerminal(int width)
{
    private static readonly SearchValues<char> BeforeCommand = SearchValues.Create("\e[0123456789;");

    // Each cell holds one user-perceived character; the second cell of a wide one is empty.
    private readonly List<(List<string> Cells, bool Continues)> _rows = [([], false)];
    private int _row;
    private int _column;

    public int Bells { get; private set; }

    /// <summary>The rows as text, without what is empty at their ends, and without empty rows at the end.</summary>
    public IReadOnlyList<string> Rows => [.. _rows.Select(row => string.Concat(row.Cells).TrimEnd()).Reverse().SkipWhile(row => row.Length == 0).Reverse()];

    public (int Row, int Column) Cursor => (_row, _column);

    public void Write(string output)
    {
        for (var i = 0; i < output.Length;)
        {
            i += output[i] == '\e' ? Control(output.AsSpan(i)) : Print(output.AsSpan(i));
        }
    }

    public void Resize(int newWidth)
    {
        // The lines as they were before wrapping, and the place of the cursor in them.
        var lines = new List<List<string>>();
        var (line, offset) = (0, 0);
        for (var i = 0; i < _rows.Count; i++)
        {
            if (i == 0 || !_rows[i - 1].Continues)
            {
                lines.Add([]);
            }

            (line, offset) = i == _row ? (lines.Count - 1, lines[^1].Count + _column) : (line, offset);
            lines[^1].AddRange(_rows[i].Cells);
        }

        width = newWidth;
        _rows.Clear();
        for (var i = 0; i < lines.Count; i++)
        {
            var chunks = lines[i].Chunk(width).DefaultIfEmpty([]).ToArray();
            if (i == line)
            {
                // Behind the last character of a full row it stays there, as in tmux.
                var row = Math.Min(offset / width, chunks.Length - 1);
                (_row, _column) = (_rows.Count + row, offset - (row * width));
            }

            _rows.AddRange(chunks.Select((chunk, index) => (chunk.ToList(), index < chunks.Length - 1)));
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
                NextRow(continues: false);
                return 1;
            case '\a':
                Bells++;
                return 1;
            case < ' ' or '\u007F':
                throw new InvalidOperationException($"The control character {(int)output[0]} reached the terminal.");
        }

        var length = StringInfo.GetNextTextElementLength(output);
        var columns = DisplayText.Columns(output[..length]);
        if (_column + columns > width)
        {
            NextRow(continues: true);
            _column = 0;
        }

        var cells = _rows[_row].Cells;
        while (cells.Count < _column + columns)
        {
            cells.Add(" ");
        }

        cells[_column] = output[..length].ToString();
        if (columns == 2)
        {
            cells[_column + 1] = "";
        }

        _column += columns;
        return length;
    }

    private int Control(ReadOnlySpan<char> output)
    {
        var end = output.IndexOfAnyExcept(BeforeCommand);
        var number = int.TryParse(output[2..end], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 1;
        switch (output[end])
        {
            case 'A':
                _row -= number;
                break;
            case 'D':
                _column -= number;
                break;
            case 'H':
                (_row, _column) = (0, 0);
                break;
            case 'J' when output[2] == '2':
                _rows.Clear();
                _rows.Add(([], false));
                break;
            case 'J':
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                var (cells, _) = _rows[_row];
                cells.RemoveRange(Math.Min(_column, cells.Count), cells.Count - Math.Min(_column, cells.Count));
                _rows[_row] = (cells, false);
                break;
            case 'm':
                break;
            default:
                throw new InvalidOperationException($"The prompt wrote the control sequence ESC{output[1..(end + 1)]}.");
        }

        return end + 1;
    }

    private void NextRow(bool continues)
    {
        _rows[_row] = (_rows[_row].Cells, continues);
        _row++;
        if (_row == _rows.Count)
        {
            _rows.Add(([], false));
        }
    }
}
