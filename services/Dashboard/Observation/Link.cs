using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

/// <summary>What one peer has told this page, and whether it still answers. Owned by <see cref="LabModel"/>.</summary>
internal sealed class Link(DateTimeOffset now)
{
    public LinkStatus Status { get; set; } = LinkStatus.Connecting;

    /// <summary>Why it is lost.</summary>
    public string? Reason { get; set; }

    /// <summary>When the status was reached.</summary>
    public DateTimeOffset Since { get; set; } = now;

    /// <summary>Null until the peer has said who it is.</summary>
    public PeerInfo? Peer { get; set; }

    /// <summary>The peer's gossip view by name; empty while the peer does not answer.</summary>
    public IReadOnlyDictionary<string, Member> Members { get; set; } = new Dictionary<string, Member>(StringComparer.Ordinal);

    public long WatchedFrom { get; set; }

    public long MissedBefore { get; set; }

    /// <summary>The peer's clock as far as it showed.</summary>
    public ulong LamportTime { get; set; }

    public bool Answers => Status == LinkStatus.Watching && Peer is not null;
}
