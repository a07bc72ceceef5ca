namespace ChittyChat.CommandLine;

/// <summary>Which key was pressed, as far as the editor tells keys apart.</summary>
internal enum Key
{
    /// <summary>A character; <see cref="KeyPress.Text"/> says which.</summary>
    Character,
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    Escape,

    /// <summary>A whole text that was pasted; <see cref="KeyPress.Text"/> has it.</summary>
    Paste,
}

[Flags]
internal enum KeyModifiers
{
    None = 0,
    Shift = 1,
    Alt = 2,
    Control = 4,
}

/// <summary>One thing that a person did at the keyboard.</summary>
/// <param name="Key">The key.</param>
/// <param name="Text">The character (in lower case when Control is held) or what was pasted; else empty.</param>
/// <param name="Modifiers">What was held with it.</param>
internal readonly record struct KeyPress(Key Key, string Text = "", KeyModifiers Modifiers = KeyModifiers.None)
{
    /// <summary>A character without modifiers.</summary>
    public static KeyPress Of(string text) => new(Key.Character, text);

    /// <summary>A character with Control.</summary>
    public static KeyPress Control(char letter) => new(Key.Character, letter.ToString(), KeyModifiers.Control);

    /// <summary>A character with Alt.</summary>
    public static KeyPress Alt(char letter) => new(Key.Character, letter.ToString(), KeyModifiers.Alt);
}
