using System.Globalization;
using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Which key a character or a control sequence stands for.</summary>
internal static class KeySequences
{
    /// <summary>A character of seven bits.</summary>
    public static KeyPress Character(char c, KeyModifiers held) => c switch
    {
        '\r' or '\n' => new(Key.Enter, "", held),
        '\t' => new(Key.Tab, "", held),
        '\b' or '\x7F' => new(Key.Backspace, "", held),
        '\e' => new(Key.Escape, "", held),
        '\0' => new(Key.Character, " ", held | KeyModifiers.Control),
        < '\e' => new(Key.Character, ((char)(c + 'a' - 1)).ToString(), held | KeyModifiers.Control),
        < ' ' => new(Key.Character, ((char)(c + '@')).ToString(), held | KeyModifiers.Control),
        _ => new(Key.Character, c.ToString(), held),
    };

    /// <summary>Escape, [, parameters, and a final character; null when it is none of the editor's keys.</summary>
    public static KeyPress? Csi(string parameters, char final)
    {
        var numbers = Numbers(parameters);
        var held = Modifiers(numbers.Length > 1 ? numbers[1] : 1);
        return final switch
        {
            'A' or 'B' or 'C' or 'D' or 'H' or 'F' when !parameters.StartsWith('[') => new(Letter(final), "", held),
            // rxvt: with Shift.
            'a' or 'b' or 'c' or 'd' => new(Letter(char.ToUpperInvariant(final)), "", KeyModifiers.Shift),
            'Z' => new(Key.Tab, "", KeyModifiers.Shift),
            '~' when numbers is [27, var modifiers, var code] => Coded(code, Modifiers(modifiers)),
            '~' when numbers.Length > 0 => Numbered(numbers[0], held),
            // rxvt: with Shift, Control, or both.
            '$' or '^' or '@' when numbers.Length == 1 => Numbered(
                numbers[0], final switch { '$' => KeyModifiers.Shift, '^' => KeyModifiers.Control, _ => KeyModifiers.Shift | KeyModifiers.Control }),
            'u' when numbers.Length > 0 => Coded(numbers[0], held),
            _ => null,
        };
    }

    /// <summary>Escape, O, perhaps a modifier, and a final character: the keypad and the arrow keys in application mode.</summary>
    public static KeyPress? Ss3(string parameters, char final)
    {
        var held = Modifiers(Numbers(parameters) is [.., var last] ? last : 1);
        return final switch
        {
            'A' or 'B' or 'C' or 'D' or 'H' or 'F' => new(Letter(final), "", held),
            // rxvt: with Control.
            'a' or 'b' or 'c' or 'd' => new(Letter(char.ToUpperInvariant(final)), "", KeyModifiers.Control),
            'M' => new(Key.Enter, "", held),
            'I' => new(Key.Tab, "", held),
            // The keypad's characters, in the order of ASCII from * on.
            >= 'j' and <= 'y' => KeyPress.Of(((char)(final - 'j' + '*')).ToString()),
            'X' => KeyPress.Of("="),
            ' ' => KeyPress.Of(" "),
            _ => null,
        };
    }

    private static Key Letter(char letter) => letter switch
    {
        'A' => Key.Up,
        'B' => Key.Down,
        'C' => Key.Right,
        'D' => Key.Left,
        'H' => Key.Home,
        _ => Key.End,
    };

    private static KeyPress? Numbered(int number, KeyModifiers held) => number switch
    {
        1 or 7 => new(Key.Home, "", held),
        3 => new(Key.Delete, "", held),
        4 or 8 => new(Key.End, "", held),
        5 => new(Key.PageUp, "", held),
        6 => new(Key.PageDown, "", held),
        _ => null,
    };

    // A key by its code point: what kitty's protocol and modifyOtherKeys send.
    private static KeyPress? Coded(int code, KeyModifiers held)
    {
        if (code is '\r' or '\t' or '\b' or '\x7F' or '\e')
        {
            return Character((char)code, held);
        }

        if (!Rune.TryCreate(code, out var rune) || Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.PrivateUse)
        {
            return null;
        }

        var isCommand = (held & (KeyModifiers.Control | KeyModifiers.Alt)) != 0;
        return new(Key.Character, isCommand ? Rune.ToLowerInvariant(rune).ToString() : rune.ToString(), held);
    }

    private static int[] Numbers(string parameters) =>
        [.. parameters.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => int.TryParse(p.Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];

    // xterm: one more than the sum of 1 for Shift, 2 for Alt, 4 for Control; 8 (Meta) counts as Alt.
    private static KeyModifiers Modifiers(int parameter) => parameter is < 1 or > 256 ? KeyModifiers.None
        : (KeyModifiers)((parameter - 1) & 7) | (((parameter - 1) & 8) != 0 ? KeyModifiers.Alt : KeyModifiers.None);
}
