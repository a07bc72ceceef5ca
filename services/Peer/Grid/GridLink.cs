using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Grid;

/// <summary>What the core knows of one TCP connection to another server. Links are compared by identity: a new connection is a new link.</summary>
/// <param name="number">Counts the links of this process: a later one has a higher number.</param>
/// <param name="dialled">The server that was dialled; null when the other end dialled.</param>
/// <param name="now">When it was opened.</param>
internal sealed class GridLink(long number, int? dialled, TimeSpan now)
{
    /// <summary>Higher than that of every earlier link.</summary>
    public long Number { get; } = number;

    /// <summary>The server that was dialled; null when the other end dialled.</summary>
    public int? Dialled { get; } = dialled;

    /// <summary>The server at the other end, once it has said so.</summary>
    public int? Peer { get; set; }

    /// <summary>Whether the other end lives, as far as this link shows: it has said who it is, and has not been silent for too long.</summary>
    public bool IsUp { get; set; }

    /// <summary>Whether the other end is a server of this implementation, which it says itself.</summary>
    public bool IsOurs { get; set; }

    /// <summary>Whether the link has ended, or is about to by the core's decision.</summary>
    public bool IsClosed { get; set; }

    /// <summary>When the last line came; before the first, when the link was opened.</summary>
    public TimeSpan LastHeard { get; set; } = now;

    /// <summary>When the last ping was sent.</summary>
    public TimeSpan LastPing { get; set; } = now;

    /// <summary>The Lamport time of the next message on this link; zero when the other end has not told it.</summary>
    public LamportTime NextSentAt { get; set; }

    /// <summary>Such as "link 7 to 2", for people.</summary>
    public override string ToString() => (Peer ?? Dialled) is { } peer ? $"link {Number} with {peer}" : $"link {Number}";
}
