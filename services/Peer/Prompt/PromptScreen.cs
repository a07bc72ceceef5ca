using System.Globalization;
using System.Text;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// Composes what is written to the terminal: finished lines above, and below them one row with the prompt and the line being typed, which
/// scrolls sideways when it is too long for the row. Knows where it left the cursor, never asks the terminal.
/// </summary>
internal sealed class PromptScreen(string prompt)
{
    private const string ClearToEnd = "\e[J";
    private const string Reset = "\e[0m";

    private readonly StringBuilder _output = new();
    private int _firstVisible;
    private int _cursorColumn;
    private int _columns;

    /// <summary>Takes the prompt away, at the width that the terminal has now.</summary>
    public void Erase(int width)
    {
        // A terminal that became narrower has wrapped the row: the cursor is as many rows further down. At the end of the text it stays behind
        // the last character, on the same row.
        var wrapped = Math.Max(0, Math.Min(_cursorColumn, _columns - 1)) / width;
        if (wrapped > 0)
        {
            _output.Append(CultureInfo.InvariantCulture, $"\e[{wrapped}A");
        }

        _output.Append('\r').Append(ClearToEnd);
        (_cursorColumn, _columns) = (0, 0);
    }

    /// <summary>Adds a finished line; call between <see cref="Erase"/> and <see cref="Draw"/>.</summary>
    public void AddLine(string line) => _output.Append(line).Append("\r\n");

    /// <summary>Sounds the bell.</summary>
    public void Ring() => _output.Append('\a');

    /// <summary>Empties the screen.</summary>
    public void Clear()
    {
        _output.Append("\e[H\e[2J");
        (_cursorColumn, _columns) = (0, 0);
    }

    /// <summary>Draws the prompt and as much of the line as fits, and puts the cursor in its place.</summary>
    public void Draw(LineEditor line, int width)
    {
        // The last column stays free: a cursor behind it would wrap.
        var shownPrompt = prompt.Length < width / 2 ? prompt : "> ";
        var room = Math.Max(2, width - shownPrompt.Length - 1);
        Scroll(line, room);
        _output.Append(shownPrompt);
        var (column, before) = (0, 0);
        for (var index = _firstVisible; index < line.Text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(line.Text.AsSpan(index));
            var columns = DisplayText.Columns(line.Text.AsSpan(index, length));
            if (column + columns > room)
            {
                break;
            }

            _output.Append(line.Text, index, length);
            column += columns;
            index += length;
            before = index <= line.Cursor ? column : before;
        }

        if (column > before)
        {
            _output.Append(CultureInfo.InvariantCulture, $"\e[{column - before}D");
        }

        (_cursorColumn, _columns) = (shownPrompt.Length + before, shownPrompt.Length + column);
    }

    /// <summary>Gives what is to be written, and forgets it.</summary>
    public string Take()
    {
        var output = _output.ToString();
        _output.Clear();
        return output;
    }

    /// <summary>Surrounds a text with a colour; null leaves it as it is.</summary>
    public static string Paint(string text, string? colour) => colour is null ? text : $"\e[{colour}m{text}{Reset}";

    private void Scroll(LineEditor line, int room)
    {
        if (Columns(line.Text) <= room)
        {
            _firstVisible = 0;
            return;
        }

        if (_firstVisible >= line.Cursor)
        {
            // Show some of what is before the cursor, so that one sees what Backspace will take.
            _firstVisible = BackBy(line, room / 4);
        }
        else if (Columns(line.Text.AsSpan(_firstVisible, line.Cursor - _firstVisible)) > room)
        {
            _firstVisible = BackBy(line, room - (room / 4));
        }
    }

    // The first element from which on the text before the cursor takes at most so many columns.
    private static int BackBy(LineEditor line, int columns)
    {
        var index = 0;
        while (index < line.Cursor && Columns(line.Text.AsSpan(index, line.Cursor - index)) > columns)
        {
            index += StringInfo.GetNextTextElementLength(line.Text.AsSpan(index));
        }

        return index;
    }

    private static int Columns(ReadOnlySpan<char> text)
    {
        var columns = 0;
        while (!text.IsEmpty)
        {
            var length = StringInfo.GetNextTextElementLength(text);
            columns += DisplayText.Columns(text[..length]);
            text = text[length..];
        }

        return columns;
    }
}
