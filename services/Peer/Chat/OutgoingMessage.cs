using System.Diagnostics;
using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Chat;

/// <summary>A message of this peer, encoded once for all links.</summary>
/// <param name="Id">Its session and number.</param>
/// <param name="Time">Its Lamport time.</param>
/// <param name="Encoded">The bytes that every link copies into its frames.</param>
/// <param name="Participant">Who published it.</param>
/// <param name="Trace">Its Publish span; default when nobody traces.</param>
/// <param name="PublishedUnixMicroseconds">When it was published.</param>
internal readonly record struct OutgoingMessage(
    MessageId Id, LamportTime Time, byte[] Encoded, string Participant, ActivityContext Trace, long PublishedUnixMicroseconds);
