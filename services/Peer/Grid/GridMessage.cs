using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Grid;

/// <summary>One entry of a server's log.</summary>
/// <param name="Sender">The server that broadcast it.</param>
/// <param name="SentAt">The Lamport time of the broadcast; zero when the sender's implementation does not tell.</param>
/// <param name="LoggedAt">The Lamport time at which this server took it into its log.</param>
/// <param name="Text">The text, byte for byte.</param>
internal readonly record struct GridMessage(int Sender, LamportTime SentAt, LamportTime LoggedAt, ReadOnlyMemory<byte> Text);
