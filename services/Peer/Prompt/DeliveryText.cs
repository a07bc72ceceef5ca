using System.Globalization;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Prompt;

/// <summary>What a prompt shows of the chat, here and elsewhere.</summary>
internal static class DeliveryText
{
    /// <summary>One event as one line: <c>[17] alice: hello</c>, or the sentence of joined and left.</summary>
    public static StyledText Of(in Delivery delivery)
    {
        var text = DisplayText.Harmless(delivery.TextString);
        return delivery.Kind switch
        {
            EventKind.Joined => new(text, Meaning.Success),
            EventKind.Left => new(text, Meaning.Warning),
            _ => new(
            [
                new(string.Create(CultureInfo.InvariantCulture, $"[{delivery.PublishedAt.Value}] "), Meaning.Muted),
                new(delivery.Participant, Meaning.Name),
                new($": {text}"),
            ]),
        };
    }
}
