namespace ChittyChat.Peer.Chat;

/// <summary>What a peer says of itself when it opens a link.</summary>
internal sealed record LinkIntroduction(
    SessionId Session, string Name, string Address, SessionId ToSession, ulong LamportTime, TimeSpan Age, ulong NextSequence, IReadOnlyList<string> Participants);

/// <summary>How a link is answered.</summary>
internal enum LinkVerdict
{
    /// <summary>Go on after the number delivered.</summary>
    Accepted,

    /// <summary>The session has left: nothing more of it is taken.</summary>
    Ended,

    /// <summary>This peer has not joined yet, or has left: try again later.</summary>
    NotInChat,

    /// <summary>This is not the peer that was meant.</summary>
    WrongPeer,

    /// <summary>What came breaks the protocol.</summary>
    Malformed,

    /// <summary>A number is missing that was not announced as skipped.</summary>
    MissingMessages,
}

/// <summary>The answer to a hello or to messages.</summary>
/// <param name="Verdict">Whether the link goes on.</param>
/// <param name="Delivered">The last number delivered of the session.</param>
/// <param name="Detail">What is wrong, in words.</param>
/// <param name="Missed">How many messages were skipped for good before those delivered now.</param>
internal readonly record struct LinkResult(LinkVerdict Verdict, ulong Delivered = 0, string Detail = "", ulong Missed = 0);
