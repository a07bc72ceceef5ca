namespace ChittyChat.Peer.Grid;

/// <summary>How often something went wrong at this server. Written by the core, read by whoever measures.</summary>
internal sealed class GridCounts
{
    /// <summary>Lines that are not of the protocol, and were ignored.</summary>
    public long Malformed { get; set; }

    /// <summary>Links of servers that may not have one.</summary>
    public long Refused { get; set; }

    /// <summary>Links that a later one of the same server replaced.</summary>
    public long Replaced { get; set; }

    /// <summary>Links that fell silent.</summary>
    public long Silenced { get; set; }

    /// <summary>Links that were closed because too much waited for them. What waited is lost.</summary>
    public long Overflowed { get; set; }
}
