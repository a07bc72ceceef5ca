using System.Text;
using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Chat;

/// <summary>One event of the chat, delivered at this peer.</summary>
internal readonly record struct Delivery
{
    /// <summary>Of the message that this comes from. The end of a crashed session is one message, and one delivery for each of its participants.</summary>
    public required MessageId Id { get; init; }

    public required EventKind Kind { get; init; }

    /// <summary>Who published, joined or left.</summary>
    public required string Participant { get; init; }

    /// <summary>The text in well-formed UTF-8; for joined and left the fixed sentence.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>The Lamport time of the publishing event.</summary>
    public required LamportTime PublishedAt { get; init; }

    /// <summary>The Lamport time of the delivery at this peer.</summary>
    public required LamportTime DeliveredAt { get; init; }

    /// <summary>When it was published, on the publisher's clock: microseconds since the Unix epoch.</summary>
    public required long PublishedUnixMicroseconds { get; init; }

    /// <summary>When it was delivered, on this peer's clock: microseconds since the Unix epoch.</summary>
    public required long DeliveredUnixMicroseconds { get; init; }

    /// <summary>The W3C trace id of the publishing span; zero when there is none.</summary>
    public UInt128 TraceId { get; init; }

    /// <summary>The span that this delivery follows: of the Broadcast to this peer, or of the own Publish. Zero when there is none.</summary>
    public ulong ParentSpanId { get; init; }

    /// <summary>The text as a string.</summary>
    public string TextString => Encoding.UTF8.GetString(Text.Span);
}
