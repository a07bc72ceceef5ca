namespace ChittyChat.BootstrapApi;

/// <summary>The rules of the list, which an administrator can change while the service runs.</summary>
public sealed record BootstrapConfig
{
    /// <summary>How many contacts are kept at most: 1 to <see cref="BootstrapLimits.MaxMaxPeers"/>. Making it smaller drops the newest contacts.</summary>
    public required int MaxPeers { get; init; }

    /// <summary>
    /// How many members (itself included) a peer must see before its refill counts: 0 to <see cref="BootstrapLimits.MaxMinRefillCandidates"/>.
    /// A peer that sees fewer may be cut off from the rest, and must not take an entry point's place and lead newcomers onto its island.
    /// An empty list is filled regardless of it.
    /// </summary>
    public required int MinRefillCandidates { get; init; }

    /// <summary>For how many seconds a contact stays without renewing: 1 to <see cref="BootstrapLimits.MaxLeaseSeconds"/>. Holds for leases given from now on.</summary>
    public required int LeaseSeconds { get; init; }
}
