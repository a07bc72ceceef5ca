using ChittyChat.Peer.Chat;
using LinkHello = ChittyChat.Contracts.V1.LinkHello;

namespace ChittyChat.Peer.Links;

/// <summary>Between the hello on the wire and the chat core's idea of it.</summary>
internal static class LinkMapping
{
    /// <summary>What a caller says of itself.</summary>
    public static LinkIntroduction Read(LinkHello hello) => new(
        new SessionId(hello.Session),
        hello.Name,
        hello.ChatAddress,
        new SessionId(hello.ToSession),
        hello.LamportTime,
        TimeSpan.FromMicroseconds(Math.Min(hello.SessionAgeUs, long.MaxValue / TimeSpan.TicksPerMicrosecond / 2)),
        hello.NextSequence,
        [.. hello.Participants]);

    /// <summary>What this peer says of itself.</summary>
    public static LinkHello Introduce(this ChatRoom room, MessageId upcoming, SessionId receiver)
    {
        var introduction = room.Introduction(upcoming, receiver);
        return new LinkHello
        {
            Session = introduction.Session.Value,
            Name = introduction.Name,
            ChatAddress = introduction.Address,
            ToSession = introduction.ToSession.Value,
            LamportTime = introduction.LamportTime,
            SessionAgeUs = (ulong)(introduction.Age.Ticks / TimeSpan.TicksPerMicrosecond),
            NextSequence = introduction.NextSequence,
            Participants = { introduction.Participants },
        };
    }
}
