using System.Globalization;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// The line being typed and the place in it. Moves and deletes by user-perceived characters, so an emoji of several code points is one step.
/// Keys in, state out: the terminal is somebody else's business.
/// </summary>
internal sealed class LineEditor
{
    /// <summary>More than any valid message; what is typed beyond is ignored.</summary>
    public const int MaxLength = 2048;

    /// <summary>The line.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Where the next character goes, as an index into <see cref="Text"/>.</summary>
    public int Cursor { get; private set; }

    /// <summary>Types a character; false when the line is full.</summary>
    public bool Insert(string typed)
    {
        if (Text.Length + typed.Length > MaxLength)
        {
            return false;
        }

        Text = Text.Insert(Cursor, typed);
        // A combining mark joins what is before it, a character before a mark joins what is after it: never stay within an element.
        Cursor = Snap(Cursor + typed.Length);
        return true;
    }

    /// <summary>Forgets the line, and gives what it was.</summary>
    public string Take()
    {
        var line = Text;
        (Text, Cursor) = ("", 0);
        return line;
    }

    /// <summary>Applies an editing key; false when it is none, or has nothing to do here.</summary>
    public bool Apply(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        return (key.Key, control) switch
        {
            (ConsoleKey.Backspace, false) => Delete(Before(Cursor), Cursor),
            (ConsoleKey.Delete, _) or (ConsoleKey.D, true) => Delete(Cursor, After(Cursor)),
            (ConsoleKey.LeftArrow, false) or (ConsoleKey.B, true) => Move(Before(Cursor)),
            (ConsoleKey.RightArrow, false) or (ConsoleKey.F, true) => Move(After(Cursor)),
            (ConsoleKey.LeftArrow, true) => Move(WordBefore()),
            (ConsoleKey.RightArrow, true) => Move(WordAfter()),
            (ConsoleKey.Home, _) or (ConsoleKey.A, true) => Move(0),
            (ConsoleKey.End, _) or (ConsoleKey.E, true) => Move(Text.Length),
            (ConsoleKey.U, true) => Delete(0, Cursor),
            (ConsoleKey.K, true) => Delete(Cursor, Text.Length),
            (ConsoleKey.W, true) or (ConsoleKey.Backspace, true) => Delete(WordBefore(), Cursor),
            _ => false,
        };
    }

    private bool Move(int to)
    {
        var moved = to != Cursor;
        Cursor = to;
        return moved;
    }

    private bool Delete(int from, int to)
    {
        Text = Text.Remove(from, to - from);
        Cursor = Snap(from);
        return from != to;
    }

    private int Before(int index)
    {
        var start = 0;
        for (var next = 0; next < index; next = After(next))
        {
            start = next;
        }

        return start;
    }

    private int After(int index) => index + StringInfo.GetNextTextElementLength(Text.AsSpan(index));

    private int Snap(int index)
    {
        var boundary = 0;
        while (boundary < index)
        {
            boundary = After(boundary);
        }

        return boundary;
    }

    private int WordBefore()
    {
        var index = Cursor;
        while (index > 0 && char.IsWhiteSpace(Text[index - 1]))
        {
            index--;
        }

        while (index > 0 && !char.IsWhiteSpace(Text[index - 1]))
        {
            index--;
        }

        return index;
    }

    private int WordAfter()
    {
        var index = Cursor;
        while (index < Text.Length && char.IsWhiteSpace(Text[index]))
        {
            index++;
        }

        while (index < Text.Length && !char.IsWhiteSpace(Text[index]))
        {
            index++;
        }

        return index;
    }
}
