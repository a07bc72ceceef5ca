using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>Turns the keys of the Windows console into what other terminals send for them, so that there is one way to understand keys.</summary>
internal static class ConsoleKeys
{
    /// <summary>The sequence for a key; empty for those that are none of the editor's.</summary>
    public static string Sequence(ConsoleKeyInfo info)
    {
        var shift = info.Modifiers.HasFlag(ConsoleModifiers.Shift);
        var alt = info.Modifiers.HasFlag(ConsoleModifiers.Alt);
        var control = info.Modifiers.HasFlag(ConsoleModifiers.Control);
        var modifiers = 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (control ? 4 : 0);
        return info.Key switch
        {
            ConsoleKey.UpArrow => Letter('A'),
            ConsoleKey.DownArrow => Letter('B'),
            ConsoleKey.RightArrow => Letter('C'),
            ConsoleKey.LeftArrow => Letter('D'),
            ConsoleKey.Home => Letter('H'),
            ConsoleKey.End => Letter('F'),
            ConsoleKey.Delete => Numbered(3),
            ConsoleKey.PageUp => Numbered(5),
            ConsoleKey.PageDown => Numbered(6),
            ConsoleKey.Tab when shift => "\e[Z",
            ConsoleKey.Backspace or ConsoleKey.Enter => Coded(info.Key == ConsoleKey.Enter ? '\r' : '\x7F'),
            ConsoleKey.Escape => Coded('\e'),
            _ when info.KeyChar == '\0' => "",
            // AltGr is Control and Alt together; it writes characters.
            _ when alt && !control => "\e" + info.KeyChar,
            _ => info.KeyChar.ToString(),
        };

        string Letter(char final) => modifiers == 1 ? $"\e[{final}" : string.Create(CultureInfo.InvariantCulture, $"\e[1;{modifiers}{final}");

        string Numbered(int number) => string.Create(CultureInfo.InvariantCulture, $"\e[{number};{modifiers}~");

        string Coded(char c) => string.Create(CultureInfo.InvariantCulture, $"\e[{(int)c};{modifiers}u");
    }
}
