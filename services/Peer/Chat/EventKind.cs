namespace ChittyChat.Peer.Chat;

/// <summary>What a message of the chat is; the numbers are those of <c>chittychat.v1.EventKind</c>.</summary>
internal enum EventKind
{
    Message = 1,
    Joined = 2,
    Left = 3,
}
