namespace ChittyChat.Dashboard.Publishing;

/// <summary>The rule for what may be published, applied before it is sent so that the reason appears while typing. The peer has the last word.</summary>
internal static class MessageText
{
    public const int MaxLength = 128;

    /// <summary>Length as the chat counts it: in Unicode scalar values.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>Says why the text may not be published, or gives null.</summary>
    public static string? Refusal(string text) => Length(text) switch
    {
        0 => "A message has at least one character.",
        > MaxLength and var length => $"A message has at most {MaxLength} characters; this has {length}.",
        _ => null,
    };
}
