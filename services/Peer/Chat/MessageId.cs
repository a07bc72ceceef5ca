namespace ChittyChat.Peer.Chat;

/// <summary>Names a message for all time: the session that published it, and its number there, from 1 without gaps.</summary>
internal readonly record struct MessageId(SessionId Session, ulong Sequence)
{
    /// <summary>Such as <c>00000000deadbeef-17</c>.</summary>
    public override string ToString() => $"{Session}-{Sequence}";
}
