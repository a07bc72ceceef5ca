using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>What was killed, newest first, to be yanked again.</summary>
internal sealed record KillRing(ImmutableList<string> Texts)
{
    private const int Capacity = 16;

    public static KillRing Empty { get; } = new(ImmutableList<string>.Empty);

    /// <summary>Adds a text as a new entry.</summary>
    public KillRing Add(string text)
    {
        var texts = Texts.Insert(0, text);
        return new(texts.Count > Capacity ? texts.RemoveAt(Capacity) : texts);
    }

    /// <summary>Adds to the newest entry: kills in a row are one text.</summary>
    public KillRing Extend(string text, bool before) =>
        Texts.IsEmpty ? Add(text) : new(Texts.SetItem(0, before ? text + Texts[0] : Texts[0] + text));
}
