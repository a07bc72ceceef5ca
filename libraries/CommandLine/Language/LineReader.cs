using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>A word of a line, as it was written and as it reads.</summary>
/// <param name="Start">Where it begins in the line.</param>
/// <param name="End">Where it ends in the line, quotes included.</param>
/// <param name="Text">Its text: quotes removed, variables replaced.</param>
/// <param name="IsQuoted">Whether it begins with a quote, so that it is never an option.</param>
/// <param name="OpenQuote">The quote that was never closed; '\0' if none.</param>
internal readonly record struct Word(int Start, int End, string Text, bool IsQuoted, char OpenQuote);

/// <summary>
/// Reads a line word by word. <c>'…'</c> is raw; in <c>"…"</c> a backslash escapes (<c>\n</c>, <c>\t</c>, <c>\r</c>, else the character itself) and
/// <c>$name</c> is replaced; outside quotes a backslash takes the next character as it is.
/// </summary>
/// <param name="line">The line.</param>
/// <param name="position">Where to begin.</param>
/// <param name="variables">What <c>$name</c> stands for; null for a reader that forgives everything and replaces nothing.</param>
internal sealed class LineReader(string line, int position, Variables? variables)
{
    /// <summary>Where the next word, or the space before it, begins.</summary>
    public int Position { get; private set; } = position;

    private bool IsLenient => variables is null;

    /// <summary>Reads the next word; false at the end of the line.</summary>
    /// <exception cref="CommandException">A quote is not closed, or a variable is not set.</exception>
    public bool TryRead(out Word word)
    {
        SkipSpace();
        if (Position == line.Length)
        {
            word = default;
            return false;
        }

        var start = Position;
        var text = new StringBuilder();
        var open = '\0';
        while (Position < line.Length && !char.IsWhiteSpace(line[Position]) && open == '\0')
        {
            switch (line[Position])
            {
                case '\'':
                    open = ReadRaw(text);
                    break;
                case '"':
                    open = ReadQuoted(text);
                    break;
                case '\\' when Position + 1 < line.Length:
                    text.Append(line[Position + 1]);
                    Position += 2;
                    break;
                case '$':
                    ReadVariable(text);
                    break;
                default:
                    text.Append(line[Position++]);
                    break;
            }
        }

        word = new Word(start, Position, text.ToString(), line[start] is '\'' or '"', open);
        return true;
    }

    /// <summary>Looks at the next word without reading it, and without failing.</summary>
    public Word? Peek()
    {
        var lenient = new LineReader(line, Position, null);
        return lenient.TryRead(out var word) ? word : null;
    }

    /// <summary>Reads everything that is left as one text; see <see cref="RestOfLineAttribute"/>.</summary>
    public string ReadRest(bool verbatim)
    {
        SkipSpace();
        var rest = line[Position..].TrimEnd();
        var start = Position;
        Position = line.Length;
        if (verbatim)
        {
            return rest;
        }

        if (rest is ['\'' or '"', ..])
        {
            var single = new LineReader(line, start, null);
            if (single.TryRead(out var word) && word.OpenQuote == '\0' && word.End == start + rest.Length
                && Closing(line, start) == word.End - 1)
            {
                return new LineReader(line, start, variables).TryRead(out word) ? word.Text : "";
            }
        }

        var text = new StringBuilder();
        var reader = new LineReader(rest, 0, variables);
        while (reader.Position < rest.Length)
        {
            switch (rest[reader.Position])
            {
                case '\\' when reader.Position + 1 < rest.Length && rest[reader.Position + 1] == '$':
                    text.Append('$');
                    reader.Position += 2;
                    break;
                case '$':
                    reader.ReadVariable(text);
                    break;
                default:
                    text.Append(rest[reader.Position++]);
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>Goes to the next word's start.</summary>
    public void SkipSpace()
    {
        while (Position < line.Length && char.IsWhiteSpace(line[Position]))
        {
            Position++;
        }
    }

    private static int Closing(string line, int open)
    {
        for (var at = open + 1; at < line.Length; at++)
        {
            if (line[at] == '\\' && line[open] == '"')
            {
                at++;
            }
            else if (line[at] == line[open])
            {
                return at;
            }
        }

        return -1;
    }

    private char ReadRaw(StringBuilder text)
    {
        var close = line.IndexOf('\'', Position + 1);
        if (close < 0)
        {
            FailUnlessLenient("a single quote (') is not closed");
            text.Append(line, Position + 1, line.Length - Position - 1);
            Position = line.Length;
            return '\'';
        }

        text.Append(line, Position + 1, close - Position - 1);
        Position = close + 1;
        return '\0';
    }

    private char ReadQuoted(StringBuilder text)
    {
        Position++;
        while (Position < line.Length)
        {
            switch (line[Position])
            {
                case '"':
                    Position++;
                    return '\0';
                case '\\' when Position + 1 < line.Length:
                    text.Append(line[Position + 1] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
                    Position += 2;
                    break;
                case '$':
                    ReadVariable(text);
                    break;
                default:
                    text.Append(line[Position++]);
                    break;
            }
        }

        FailUnlessLenient("a double quote (\") is not closed");
        return '"';
    }

    private void ReadVariable(StringBuilder text)
    {
        var braced = Position + 1 < line.Length && line[Position + 1] == '{';
        var start = Position + (braced ? 2 : 1);
        var end = start;
        while (end < line.Length && (end == start ? Variables.IsNameStart(line[end]) : Variables.IsNamePart(line[end])))
        {
            end++;
        }

        var isClosed = !braced || (end < line.Length && line[end] == '}');
        if (end == start || !isClosed)
        {
            if (braced)
            {
                FailUnlessLenient("${ begins a variable, but no name and } follow", @"Write \$ or '$' for a dollar.");
            }

            text.Append(line[Position++]);
            return;
        }

        if (IsLenient)
        {
            text.Append(line, Position, end + (braced ? 1 : 0) - Position);
        }
        else
        {
            text.Append(variables!.Get(line[start..end]));
        }

        Position = end + (braced ? 1 : 0);
    }

    private void FailUnlessLenient(string message, string? hint = null)
    {
        if (!IsLenient)
        {
            throw new CommandException(message, hint, ExitCodes.Usage);
        }
    }
}
