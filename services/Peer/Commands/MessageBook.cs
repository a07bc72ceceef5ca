using System.Globalization;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Commands;

/// <summary>The messages that this peer remembers, as people name them: by a short id, by the full one, or as <c>last</c>.</summary>
internal sealed class MessageBook(ChatPeer chat)
{
    private const string Last = "last";
    private const int ShortDigits = 8;
    private const int SessionDigits = 16;
    private const int Suggested = 20;

    /// <summary>Such as <c>00000000-17</c>: the beginning of the session is enough among people.</summary>
    public static string ShortOf(MessageId id) => string.Create(CultureInfo.InvariantCulture, $"{id.Session.ToString()[..ShortDigits]}-{id.Sequence}");

    /// <summary>The message that a text names.</summary>
    /// <exception cref="CommandException">It names none, or several.</exception>
    public MessageId Find(string text)
    {
        if (text.Equals(Last, StringComparison.OrdinalIgnoreCase))
        {
            return Remembered().Where(d => d.Kind == EventKind.Message).Select(d => (MessageId?)d.Id).LastOrDefault()
                ?? throw new CommandException("no message has been delivered here yet");
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var session = dash > 0 ? text[..dash] : "";
        if (session.Length is 0 or > SessionDigits || !session.All(char.IsAsciiHexDigit)
            || !ulong.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) || sequence == 0)
        {
            throw new CommandException($"\"{text}\" names no message", "An id such as 3f2a9c01-17 is expected, as /history shows it, or last.", ExitCodes.Usage);
        }

        if (session.Length == SessionDigits)
        {
            return new(new(ulong.Parse(session, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), sequence);
        }

        MessageId[] found =
        [
            .. Remembered().Select(d => d.Id)
                .Where(id => id.Sequence == sequence && id.Session.ToString().StartsWith(session, StringComparison.OrdinalIgnoreCase)).Distinct(),
        ];
        return found switch
        {
            [var one] => one,
            [] => throw new CommandException($"no message {text} is remembered here", "/history shows what is; a full id with all 16 digits may name any message."),
            _ => throw new CommandException($"{text} could be {string.Join(" or ", found)}", "Give more digits."),
        };
    }

    /// <summary>The newest messages, for completion.</summary>
    public IEnumerable<Candidate> Newest() =>
    [
        new(Last, "the newest message"),
        .. Remembered().Where(d => d.Kind == EventKind.Message).TakeLast(Suggested).Reverse()
            .Select(d => new Candidate(ShortOf(d.Id), $"{d.Participant}: {d.TextString}")),
    ];

    private Delivery[] Remembered() => chat.Deliveries.Newest(int.MaxValue);
}
