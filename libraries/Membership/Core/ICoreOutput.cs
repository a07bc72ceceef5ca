using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

/// <summary>What the core wants done. Called in the middle of a step: an implementation must not call back into the core.</summary>
internal interface ICoreOutput
{
    /// <summary>The bytes that encryption and label add to each datagram.</summary>
    int PacketOverhead { get; }

    /// <summary>Sends messages as one datagram; false when the network refused it on the spot.</summary>
    /// <param name="packet">One message or a compound; valid during the call only.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="checksum">Whether the receiver understands a checksum.</param>
    bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum);

    /// <summary>Pings a member over a stream; the result goes to <see cref="MembershipCore.StreamPingAnswered"/>, and only if there was an answer in time.</summary>
    void PingStream(uint probe, Member target, TimeSpan timeout);

    /// <summary>Exchanges the full state with a member.</summary>
    /// <param name="address">Where.</param>
    /// <param name="name">The name of the member; null for a join address. With <paramref name="join"/> nobody else may answer there.</param>
    /// <param name="join">Whether this is an attempt to get back together, rather than the periodic exchange.</param>
    void ExchangeState(IPEndPoint address, string? name, bool join);

    /// <summary>The published snapshot of a member changed; <paramref name="current"/> is null when it was removed.</summary>
    void MemberChanged(string name, Member? current);

    /// <summary>Something happened that the application is told of.</summary>
    void Raise(MemberEvent change);

    /// <summary>A user message arrived; valid during the call only.</summary>
    void DeliverUserMessage(ReadOnlySpan<byte> payload);

    /// <summary>An operation that was begun with this token is done.</summary>
    void Complete(object token);

    /// <summary>A ping that was begun with this token was answered, or not (null).</summary>
    void CompletePing(object token, TimeSpan? roundTrip);

    /// <summary>A member answered a probe directly.</summary>
    void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload);

    /// <summary>A probe was answered over a stream only: datagrams are lost or blocked on the way.</summary>
    void DatagramsBlocked(Member member);

    /// <summary>Input was dropped.</summary>
    void Dropped(DropReason reason);

    /// <summary>A message was taken in; for the counters.</summary>
    void Received(MessageType type);

    /// <summary>The table refused a member, for a reason that the operator may want to know.</summary>
    void Refused(string name, string reason);

    /// <summary>A round of gossip begins; for its duration.</summary>
    void GossipBegins();

    /// <summary>The round of gossip is done.</summary>
    void GossipEnds();

    /// <summary>This node works worse than it should; for the counters.</summary>
    void Degraded(Degradation what);

    /// <summary>The clock jumped: the process was asleep or starved for this long.</summary>
    void WokeUp(TimeSpan late);
}

/// <summary>How a node can be impaired.</summary>
internal enum Degradation
{
    /// <summary>A probe takes longer than usual, as this node believes itself to be unwell.</summary>
    SlowedProbe,

    /// <summary>A member is declared dead although fewer others than wanted confirmed the suspicion.</summary>
    UnconfirmedTimeout,
}
