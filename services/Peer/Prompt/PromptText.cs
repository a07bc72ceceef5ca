using System.Globalization;
using ChittyChat.CommandLine;

namespace ChittyChat.Peer.Prompt;

/// <summary>What stands before and behind the line that is typed, here and elsewhere.</summary>
internal static class PromptText
{
    /// <summary>Before it: <c>alice L17 3 alive&gt; </c>.</summary>
    /// <param name="name">Of the peer.</param>
    /// <param name="lamportTime">Its clock.</param>
    /// <param name="alive">How many members are alive in its view; 0 while it is not in the cluster.</param>
    public static StyledText Of(string name, ulong lamportTime, int alive) => new(
    [
        new(name, Meaning.Name),
        new(alive > 0
            ? string.Create(CultureInfo.InvariantCulture, $" L{lamportTime} {alive} alive")
            : string.Create(CultureInfo.InvariantCulture, $" L{lamportTime} alone"), Meaning.Muted),
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
