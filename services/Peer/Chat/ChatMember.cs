namespace ChittyChat.Peer.Chat;

/// <summary>What membership thinks of a peer.</summary>
internal enum MemberState
{
    Alive,
    Suspect,
    Dead,
    Left,
}

/// <summary>A peer, in the view of this peer's membership.</summary>
/// <param name="Name">Its display name: unique among the members that are alive.</param>
/// <param name="Session">Its session, as its metadata says.</param>
/// <param name="ChatAddress">Where its gRPC services are, such as <c>http://127.0.0.1:5001</c>.</param>
/// <param name="GossipAddress">host:port of its gossip.</param>
/// <param name="State">Whether it lives.</param>
/// <param name="Incarnation">How often it has renewed its claim to be alive.</param>
internal sealed record ChatMember(string Name, SessionId Session, Uri ChatAddress, string GossipAddress, MemberState State, uint Incarnation)
{
    /// <summary>Whether links to it are to be kept: alive, or only suspected not to be.</summary>
    public bool IsPresent => State is MemberState.Alive or MemberState.Suspect;
}
