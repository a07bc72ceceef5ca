namespace ChittyChat.Peer.Chat;

/// <summary>
/// Where this peer's deliveries are written, each with its Lamport time. Called with batches, in the order of delivery, never
/// by two threads at once. It is on the way of every message: the chat goes on only when it returns, so that no line is lost
/// and none is held back.
/// </summary>
internal interface IChatLog
{
    /// <summary>Writes the deliveries, and flushes. The span is valid during the call only; the texts in it stay valid.</summary>
    void Write(ReadOnlySpan<Delivery> deliveries);
}
