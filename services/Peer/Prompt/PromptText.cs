using System.Globalization;
using ChittyChat.CommandLine;

namespace ChittyChat.Peer.Prompt;

/// <summary>What stands before and behind the line that is typed, here and elsewhere.</summary>
internal static class PromptText
{
    /// <summary>Before it: <c>alice (L=17 3 alive)&gt; </c>, or <c>alice (joining)&gt; </c>.</summary>
    /// <param name="name">Of the peer.</param>
    /// <param name="stage">How far it is, if it is not in the chat; else null.</param>
    /// <param name="lamportTime">Its clock.</param>
    /// <param name="alive">How many members are alive in its view.</param>
    public static StyledText Of(string name, string? stage, ulong lamportTime, int alive) => new(
    [
        new(name, Meaning.Name),
        new(stage is null ? string.Create(CultureInfo.InvariantCulture, $" (L={lamportTime} {alive} alive)") : $" ({stage})", Meaning.Muted),
        new("> "),
    ]);

    /// <summary>Behind it: <c>5/128</c> while a message is typed, nothing while a command is.</summary>
    public static StyledText? Count(string line, int limit)
    {
        if (line.AsSpan().TrimStart() is [] or ['/' or '!' or '#', ..])
        {
            return null;
        }

        var length = line.EnumerateRunes().Count();
        return new(string.Create(CultureInfo.InvariantCulture, $"{length}/{limit}"), length > limit ? Meaning.Error : Meaning.Muted);
    }

    /// <summary>Whether a line stays on the screen: what is published comes back when it is delivered; a command would be gone, and its answer without a question.</summary>
    public static bool StaysVisible(string line) => line.AsSpan().TrimStart() is ['/' or '!' or '#', ..];
}
