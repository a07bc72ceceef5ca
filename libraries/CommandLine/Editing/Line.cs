using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>
/// The text being edited and the place in it. Moves and deletes by user-perceived characters, so an emoji of several code points is one step. A line
/// break in the text comes from a paste: such a text is edited as a whole and handed over line by line.
/// </summary>
/// <param name="Text">The text; never has control characters but line feeds.</param>
/// <param name="Cursor">Where the next character goes, as an index into <paramref name="Text"/>; never within a user-perceived character.</param>
internal sealed record Line(string Text, int Cursor)
{
    /// <summary>What is typed or pasted beyond this many UTF-16 code units is refused.</summary>
    public const int MaxLength = 16 * 1024;

    public static Line Empty { get; } = new("", 0);

    public bool IsEmpty => Text.Length == 0;

    public bool IsAtEnd => Cursor == Text.Length;

    /// <summary>The text with the cursor behind it.</summary>
    public static Line AtEnd(string text) => new(text, text.Length);

    /// <summary>What may be typed or pasted of a text: one kind of line end, tabs as spaces, no other control characters.</summary>
    public static string Clean(string typed)
    {
        if (!typed.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return typed;
        }

        var clean = new StringBuilder(typed.Length);
        for (var i = 0; i < typed.Length;)
        {
            // Halves of surrogate pairs become the replacement character.
            Rune.DecodeFromUtf16(typed.AsSpan(i), out var rune, out var length);
            i += length;
            if (rune.Value == '\r')
            {
                clean.Append('\n');
                i += i < typed.Length && typed[i] == '\n' ? 1 : 0;
            }
            else if (rune.Value is '\n' or '\t' || !Rune.IsControl(rune))
            {
                clean.Append(rune.Value == '\t' ? " " : rune.ToString());
            }
        }

        return clean.ToString();
    }

    /// <summary>Inserts a clean text at the cursor; null when it does not fit.</summary>
    public Line? Insert(string text) =>
        // A combining mark joins what is before it, a character before a mark joins what is after it: never stay within an element.
        Text.Length + text.Length > MaxLength ? null : At(Text.Insert(Cursor, text), Cursor + text.Length);

    /// <summary>Replaces a part, and puts the cursor behind it.</summary>
    public Line Replace(int start, int length, string with) => At(string.Concat(Text.AsSpan(0, start), with, Text.AsSpan(start + length)), start + with.Length);

    public Line MoveTo(int index) => index == Cursor ? this : new(Text, index);

    /// <summary>Takes a part away; the cursor goes where it was.</summary>
    public Line Remove(int from, int to) => from == to ? this : At(Text.Remove(from, to - from), from);

    public int Before(int index)
    {
        var start = 0;
        for (var next = 0; next < index; next = After(next))
        {
            start = next;
        }

        return start;
    }

    public int After(int index) => index + StringInfo.GetNextTextElementLength(Text.AsSpan(index));

    /// <summary>The start of the word before an index: what a separator is depends on the command.</summary>
    public int WordBefore(Func<char, bool> isSeparator)
    {
        var index = Cursor;
        while (index > 0 && isSeparator(Text[index - 1]))
        {
            index--;
        }

        while (index > 0 && !isSeparator(Text[index - 1]))
        {
            index--;
        }

        return Snap(Text, index);
    }

    /// <summary>The end of the word behind the cursor.</summary>
    public int WordAfter()
    {
        var index = Cursor;
        while (index < Text.Length && IsBetweenWords(Text[index]))
        {
            index++;
        }

        while (index < Text.Length && !IsBetweenWords(Text[index]))
        {
            index++;
        }

        return SnapForward(index);
    }

    /// <summary>Where the line of the text begins in which the cursor is.</summary>
    public int LineStart() => Cursor == 0 ? 0 : Text.LastIndexOf('\n', Cursor - 1) + 1;

    /// <summary>Where it ends.</summary>
    public int LineEnd() => Text.IndexOf('\n', Cursor) is >= 0 and var end ? end : Text.Length;

    /// <summary>The same place one line of the text further up or down; null when there is none.</summary>
    public Line? MoveByLine(bool up)
    {
        var start = LineStart();
        var column = DisplayText.Columns(Text.AsSpan(start, Cursor - start));
        if (up ? start == 0 : LineEnd() == Text.Length)
        {
            return null;
        }

        var index = up ? MoveTo(start - 1).LineStart() : LineEnd() + 1;
        var end = MoveTo(index).LineEnd();
        while (index < end && DisplayText.Columns(Text.AsSpan(index, After(index) - index)) is var columns && column >= columns && column > 0)
        {
            column -= columns;
            index = After(index);
        }

        return MoveTo(index);
    }

    /// <summary>Exchanges the two characters around the cursor, or the last two at the end of a line.</summary>
    public Line Transpose()
    {
        var middle = Cursor == LineEnd() ? Before(Cursor) : Cursor;
        if (middle <= LineStart() || middle >= Text.Length)
        {
            return this;
        }

        var (start, end) = (Before(middle), After(middle));
        return At(string.Concat(Text.AsSpan(0, start), Text.AsSpan(middle, end - middle), Text.AsSpan(start, middle - start), Text.AsSpan(end)), end);
    }

    /// <summary>Whether a character separates words when one moves by words: anything but letters, digits, marks and the low line.</summary>
    public static bool IsBetweenWords(char c) => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c) && c != '_'
        && char.GetUnicodeCategory(c) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static Line At(string text, int index) => new(text, new Line(text, 0).SnapForward(index));

    private static int Snap(string text, int index)
    {
        var boundary = 0;
        while (boundary < index)
        {
            var next = boundary + StringInfo.GetNextTextElementLength(text.AsSpan(boundary));
            if (next > index)
            {
                break;
            }

            boundary = next;
        }

        return boundary;
    }

    private int SnapForward(int index)
    {
        var boundary = 0;
        while (boundary < index)
        {
            boundary = After(boundary);
        }

        return boundary;
    }
}
