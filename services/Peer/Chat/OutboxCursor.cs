namespace ChittyChat.Peer.Chat;

/// <summary>
/// One link's place in the <see cref="Outbox"/>. All of it is read and written under the outbox's lock, except the signal.
/// </summary>
internal sealed class OutboxCursor(long position, long now)
{
    /// <summary>Set when there may be something to send.</summary>
    public AsyncSignal Signal { get; } = new();

    /// <summary>Position of the next message to send.</summary>
    public long Next { get; set; } = position;

    /// <summary>All messages before this position are known to be delivered.</summary>
    public long Acknowledged { get; set; } = position;

    /// <summary>Timestamp of the latest rise of <see cref="Acknowledged"/>.</summary>
    public long ProgressAt { get; set; } = now;

    /// <summary>Whether publishers wait for this link.</summary>
    public bool InStanding { get; set; } = true;

    /// <summary>For how long it has held up the others, less what it has made good since.</summary>
    public TimeSpan HeldUp { get; set; }
}
