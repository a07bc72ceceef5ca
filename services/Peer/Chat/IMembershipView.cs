using System.Collections.Immutable;

namespace ChittyChat.Peer.Chat;

/// <summary>All that the chat knows of membership, and all that membership is told of the chat.</summary>
internal interface IMembershipView
{
    /// <summary>This peer. Its addresses are real (never port 0) before <see cref="ChatPeer.JoinAsync"/> is called.</summary>
    ChatMember Self { get; }

    /// <summary>The newest snapshot, with this peer in it. The dead and the left are in it until they are forgotten.</summary>
    ImmutableArray<ChatMember> Members { get; }

    /// <summary>How unwell this peer's membership believes itself to be; 0 is healthy.</summary>
    int Health => 0;

    /// <summary>
    /// Gives the snapshot of this moment, then the newest one after each change. A slow reader misses those in between:
    /// who was there before and is not there now counts as dead.
    /// </summary>
    IAsyncEnumerable<ImmutableArray<ChatMember>> WatchAsync(CancellationToken cancellationToken);

    /// <summary>This peer was declared gone by others and goes on as <paramref name="session"/>: its metadata has to say so. Must not block.</summary>
    void SessionChanged(SessionId session);
}
