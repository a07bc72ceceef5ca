using System.Text;

namespace ChittyChat.Peer.Chat;

/// <summary>Another peer's session, as far as this peer knows it. Not safe for concurrent use: its owner locks.</summary>
internal sealed class RemoteSession(SessionId id, string name, string address)
{
    private string _latest = "";
    private byte[] _latestUtf8 = [];

    public SessionId Id => id;

    /// <summary>Of the peer.</summary>
    public string Name { get; } = name;

    /// <summary>The peer's chat address: tells its process from another of the same name.</summary>
    public string Address => address;

    /// <summary>Number of the last message delivered of it; null before the first hello.</summary>
    public ulong? Delivered { get; set; }

    /// <summary>Those who are in the chat through it, in the order in which they came.</summary>
    public List<string> Participants { get; } = [];

    /// <summary>The participant's name, from its UTF-8; null when it is not valid. The same name again costs a comparison.</summary>
    public string? ParticipantOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(_latestUtf8) && _latestUtf8.Length > 0)
        {
            return _latest;
        }

        var candidate = Encoding.UTF8.GetString(utf8);
        if (ParticipantName.RefusalOf(candidate) is not null)
        {
            return null;
        }

        _latest = candidate;
        _latestUtf8 = utf8.ToArray();
        return candidate;
    }
}
