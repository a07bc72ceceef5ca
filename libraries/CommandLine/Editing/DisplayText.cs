using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Text as a terminal shows it: how many columns it takes, and which characters must not reach it.</summary>
/// <remarks>
/// A user-perceived character (an extended grapheme cluster, Unicode Standard Annex 29) takes the columns of its first code point: 2 for East Asian
/// Wide and Fullwidth (Annex 11) and for emoji, 0 for marks and format characters that stand alone, else 1. The emoji variation selector makes it 2.
/// Characters of ambiguous width take 1, as in every terminal that is not set up for an East Asian encoding.
/// </remarks>
public static class DisplayText
{
    private const char Replacement = '\uFFFD';

    // The symbols for control characters begin here, in the order of the characters.
    private const char ControlPictures = '\u2400';
    private const char DeletePicture = '\u2421';
    private const char EmojiPresentation = '\uFE0F';

    // First and last code point of what takes two columns, in order. Gaps of unassigned code points between wide ones are closed.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x23F0, 0x23F0), (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615),
        (0x2648, 0x2653), (0x267F, 0x267F), (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE), (0x26C4, 0x26C5), (0x26CE, 0x26CE),
        (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5), (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B),
        (0x2728, 0x2728), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797), (0x27B0, 0x27B0), (0x27BF, 0x27BF),
        (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF),
        (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x18CFF),
        (0x1B000, 0x1B2FF), (0x1F004, 0x1F004), (0x1F0CF, 0x1F0CF), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F1E6, 0x1F320), (0x1F32D, 0x1F335),
        (0x1F337, 0x1F37C), (0x1F37E, 0x1F393), (0x1F3A0, 0x1F3CA), (0x1F3CF, 0x1F3D3), (0x1F3E0, 0x1F3F0), (0x1F3F4, 0x1F3F4), (0x1F3F8, 0x1F43E),
        (0x1F440, 0x1F440), (0x1F442, 0x1F4FC), (0x1F4FF, 0x1F53D), (0x1F54B, 0x1F54E), (0x1F550, 0x1F567), (0x1F57A, 0x1F57A), (0x1F595, 0x1F596),
        (0x1F5A4, 0x1F5A4), (0x1F5FB, 0x1F64F), (0x1F680, 0x1F6C5), (0x1F6CC, 0x1F6CC), (0x1F6D0, 0x1F6D2), (0x1F6D5, 0x1F6DF), (0x1F6EB, 0x1F6EC),
        (0x1F6F4, 0x1F6FC), (0x1F7E0, 0x1F7EB), (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The columns that a text takes on one row; control characters count as the symbols that stand for them.</summary>
    public static int Columns(ReadOnlySpan<char> text)
    {
        var columns = 0;
        while (!text.IsEmpty)
        {
            var length = StringInfo.GetNextTextElementLength(text);
            columns += ElementColumns(text[..length]);
            text = text[length..];
        }

        return columns;
    }

    /// <summary>The columns that one user-perceived character takes: 0, 1 or 2.</summary>
    public static int ElementColumns(ReadOnlySpan<char> element)
    {
        if (element.Length == 1 && element[0] < 0x300)
        {
            return element[0] == '\u00AD' ? 0 : 1;
        }

        Rune.DecodeFromUtf16(element, out var rune, out var length);
        if (element[length..].Contains(EmojiPresentation))
        {
            return 2;
        }

        var category = Rune.GetUnicodeCategory(rune);
        return category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0 : IsWide(rune.Value) ? 2 : 1;
    }

    /// <summary>
    /// Makes a text that others wrote harmless: control characters, with which a message could move the cursor or fake other lines, become
    /// visible symbols; those that change the direction of writing, and halves of surrogate pairs, are replaced.
    /// </summary>
    public static string Harmless(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        return string.Create(text.Length, text, (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                var isPaired = char.IsHighSurrogate(source[i]) ? i + 1 < source.Length && char.IsLowSurrogate(source[i + 1])
                    : !char.IsLowSurrogate(source[i]) || (i > 0 && char.IsHighSurrogate(source[i - 1]));
                target[i] = isPaired ? Harmless(source[i]) : Replacement;
            }
        });
    }

    private static char Harmless(char c) => c switch
    {
        < ' ' => (char)(ControlPictures + c),
        '\u007F' => DeletePicture,
        >= '\u0080' and <= '\u009F' => Replacement,
        '\u2028' or '\u2029' => Replacement,
        '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => Replacement,
        _ => c,
    };

    private static bool IsWide(int codePoint)
    {
        var (low, high) = (0, Wide.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < Wide[middle].First)
            {
                high = middle - 1;
            }
            else if (codePoint > Wide[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
