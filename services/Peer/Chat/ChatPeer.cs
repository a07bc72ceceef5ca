using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Chat;

/// <summary>The chat of one peer: what the host starts and stops, and what the prompt publishes through.</summary>
internal sealed class ChatPeer(Random random)
{
    /// <summary>Who this peer is in the chat. Drawn at the start, and again when the others had declared this peer gone.</summary>
    public SessionId Session { get; } = SessionId.Draw(random);

    /// <summary>The peer's one clock.</summary>
    public LamportClock Clock { get; } = new();

    /// <summary>Opens the links to all members, and announces "joined". Call it when gRPC is served and membership has joined.</summary>
    public Task JoinAsync(IMembershipView membership, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Announces "left" for the peer and its participants, waits (bounded) until the members have it, and closes the links.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Publishes as this peer.</summary>
    /// <exception cref="ArgumentException">The text is not 1 to 128 characters of well-formed Unicode; the message says what is wrong.</exception>
    /// <exception cref="InvalidOperationException">The peer has not joined, or has left.</exception>
    public ValueTask<Published> PublishAsync(string text, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <summary>The answer to a Publish.</summary>
internal readonly record struct Published(MessageId Id, LamportTime Time);
