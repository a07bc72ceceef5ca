using System.Globalization;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// Shows deliveries above the prompt. A terminal that is slow (or stopped with Ctrl-S) must not hold up the chat, so lines it has no room for are
/// lost on the screen, and their number is shown; the log has them.
/// </summary>
internal sealed class ScreenLog(TerminalPrompt prompt, bool colours) : IChatLog
{
    private const string Dim = "2";
    private const string Green = "32";
    private const string Yellow = "33";

    // Bold red to bold cyan, without the colours of joined and left.
    private static readonly string[] NameColours = ["1;31", "1;34", "1;35", "1;36", "1;32", "1;33"];

    public void Write(ReadOnlySpan<Delivery> deliveries)
    {
        foreach (ref readonly var delivery in deliveries)
        {
            prompt.TryPrint(Format(delivery, colours));
        }
    }

    /// <summary>One event as one line: <c>[17] alice: hello</c>, or the sentence of joined and left.</summary>
    internal static string Format(in Delivery delivery, bool colours)
    {
        var text = DisplayText.Harmless(delivery.TextString);
        return delivery.Kind switch
        {
            EventKind.Joined => PromptScreen.Paint(text, colours ? Green : null),
            EventKind.Left => PromptScreen.Paint(text, colours ? Yellow : null),
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"{PromptScreen.Paint($"[{delivery.PublishedAt.Value}]", colours ? Dim : null)} {PromptScreen.Paint(delivery.Participant, colours ? ColourOf(delivery.Participant) : null)}: {text}"),
        };
    }

    // The same for a name on every screen, which string.GetHashCode would not be.
    private static string ColourOf(string name) => NameColours[name.Aggregate(0, (hash, c) => ((hash * 31) + c) & 0xFFFF) % NameColours.Length];
}
