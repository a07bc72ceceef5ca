using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>
/// Composes what is written to the terminal, so that it shows finished lines above and a frame below them. Knows what it has shown, never asks the
/// terminal; the first frame goes where the cursor is, which has to be the start of an empty row.
/// </summary>
/// <remarks>
/// Rows of the frame end with a line break of their own and never by wrapping. So it is known what becomes of them when the terminal is made narrower:
/// each is wrapped by itself, and the cursor is so many rows further down (xterm cuts rows instead: there a line above may be lost). A frame that
/// arrives when the terminal has become narrower already is cut, because wrapping is off meanwhile: so the cursor stays in the row where it is thought to be.
/// </remarks>
internal sealed class ScreenWriter(Palette palette)
{
    // Cells that are the same are written again when there are few of them: moving over them would take as many characters.
    private const int ShortestMove = 5;

    private const string DoNotWrap = "\e[?7l";
    private const string Wrap = "\e[?7h";

    private readonly StringBuilder _output = new();
    private Frame? _shown;
    private TerminalSize _size;
    private int _row;
    private int _column;
    private Look _look;

    /// <summary>Gives what takes the terminal from what it shows to finished lines and a new frame.</summary>
    /// <param name="lines">What is printed above, as <see cref="OutputText"/> makes it.</param>
    /// <param name="frame">What stands below.</param>
    /// <param name="size">The size that the frame was laid out for, and that the terminal has now.</param>
    public string Show(IReadOnlyCollection<string> lines, Frame frame, TerminalSize size)
    {
        if (_shown is { } shown && lines.Count == 0 && size == _size)
        {
            Change(shown, frame);
            if (_output.Length > 0)
            {
                _output.Insert(0, DoNotWrap).Append(Wrap);
            }
        }
        else
        {
            _output.Append("\e[?25l");
            Erase(size.Columns);
            foreach (var line in lines)
            {
                _output.Append(line).Append("\r\n");
            }

            _output.Append(DoNotWrap);
            (_row, _column) = (0, 0);
            for (var row = 0; row < frame.Rows.Length; row++)
            {
                _output.Append(row > 0 ? "\r\n" : "");
                (_row, _column) = (row, 0);
                Write(frame.Rows[row], 0, frame.Rows[row].Length);
            }

            MoveTo(frame.CursorRow, frame.CursorColumn);
            _output.Append(Wrap).Append("\e[?25h");
        }

        (_shown, _size) = (frame, size);
        return Take();
    }

    /// <summary>Gives what takes the frame away, leaving the cursor at the start of an empty row.</summary>
    /// <param name="columns">The width that the terminal has now.</param>
    public string Hide(int columns)
    {
        Erase(columns);
        return Take();
    }

    /// <summary>Gives what empties the screen, frame and all.</summary>
    public string Clear()
    {
        _shown = null;
        return "\e[H\e[2J";
    }

    /// <summary>Forgets the frame: something else has written to the terminal.</summary>
    public void Forget() => _shown = null;

    private void Erase(int columns)
    {
        if (_shown is not { } shown)
        {
            return;
        }

        var up = shown.Rows.Take(shown.CursorRow).Sum(above => RowsTaken(above.AsSpan(), columns));
        // Behind the last character of a row the cursor stays on the same row as that.
        var row = shown.Rows[shown.CursorRow];
        var end = Math.Min(shown.CursorColumn + 1, row.Length);
        end += end < row.Length && row[end].IsContinuation ? 1 : 0;
        up += RowsTaken(row.AsSpan()[..end], columns) - 1;
        if (up > 0)
        {
            _output.Append(CultureInfo.InvariantCulture, $"\e[{up}A");
        }

        // The rows are deleted, not only erased: some terminals remember how long an erased row was, and wrap it to blank rows when they become narrower. What is
        // there all the same is erased, but not from the first column: tmux would keep it when it is the whole screen.
        _output.Append(CultureInfo.InvariantCulture, $"\r\e[{shown.Rows.Sum(part => RowsTaken(part.AsSpan(), columns))}M\e[C\e[J\e[1K\r");
        _shown = null;
    }

    private static int RowsTaken(ReadOnlySpan<Cell> row, int columns)
    {
        var (rows, column) = (1, 0);
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i].IsContinuation)
            {
                continue;
            }

            var needed = i + 1 < row.Length && row[i + 1].IsContinuation ? 2 : 1;
            (rows, column) = column + needed > columns ? (rows + 1, needed) : (rows, column + needed);
        }

        return rows;
    }

    private void Change(Frame from, Frame to)
    {
        (_row, _column) = (from.CursorRow, from.CursorColumn);
        var common = Math.Min(from.Rows.Length, to.Rows.Length);
        for (var row = 0; row < common; row++)
        {
            ChangeRow(row, from.Rows[row], to.Rows[row]);
        }

        if (from.Rows.Length > common)
        {
            MoveTo(common, 0);
            _output.Append("\e[J");
        }

        for (var row = common; row < to.Rows.Length; row++)
        {
            MoveTo(row - 1, 0);
            _output.Append("\r\n");
            (_row, _column) = (row, 0);
            Write(to.Rows[row], 0, to.Rows[row].Length);
        }

        MoveTo(to.CursorRow, to.CursorColumn);
    }

    private void ChangeRow(int row, ImmutableArray<Cell> from, ImmutableArray<Cell> to)
    {
        for (var i = 0; i < to.Length;)
        {
            if (i < from.Length && from[i] == to[i])
            {
                i++;
                continue;
            }

            var end = i + 1;
            for (var j = end; j < to.Length && j - end < ShortestMove; j++)
            {
                end = j < from.Length && from[j] == to[j] ? end : j + 1;
            }

            // The second column of a wide character comes with the first.
            end += end < to.Length && to[end].IsContinuation ? 1 : 0;
            MoveTo(row, i);
            Write(to, i, end);
            i = end;
        }

        if (from.Length > to.Length)
        {
            MoveTo(row, to.Length);
            _output.Append("\e[K");
        }
    }

    private void Write(ImmutableArray<Cell> cells, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (cells[i].Look != _look)
            {
                Wear(cells[i].Look);
            }

            _output.Append(cells[i].Text);
        }

        Wear(default);
        _column += end - start;
    }

    private void Wear(Look look)
    {
        if (palette.Start(_look).Length > 0 && look != _look)
        {
            _output.Append(Palette.Reset);
        }

        _output.Append(look == _look ? "" : palette.Start(look));
        _look = look;
    }

    // Absolute within the row: behind a full row the terminal's cursor is in no column, and not every terminal agrees how wide an emoji is.
    private void MoveTo(int row, int column)
    {
        if (row != _row)
        {
            _output.Append(CultureInfo.InvariantCulture, $"\e[{Math.Abs(row - _row)}{(row < _row ? 'A' : 'B')}");
        }

        if (column == 0 && _column != 0)
        {
            _output.Append('\r');
        }
        else if (column != _column)
        {
            _output.Append(CultureInfo.InvariantCulture, $"\e[{column + 1}G");
        }

        (_row, _column) = (row, column);
    }

    private string Take()
    {
        var output = _output.ToString();
        _output.Clear();
        return output;
    }
}
