namespace ChittyChat.BootstrapApi;

/// <summary>A peer that newcomers may contact first: one entry of the service's list.</summary>
public sealed record Contact
{
    /// <summary>The peer's id, unique on the list; see <see cref="BootstrapLimits.MaxIdLength"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The peer's display name; several contacts may have the same.</summary>
    public required string Name { get; init; }

    /// <summary>Where the peer's membership layer listens: <c>host:port</c>, an IPv6 address in brackets.</summary>
    public required string Address { get; init; }

    /// <summary>
    /// Since when the peer has been up, by the service's clock: the time when it was put on the list, less the uptime that it
    /// claimed, which the service believes only up to a limit. The order of these times decides who makes room for whom.
    /// </summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the contact drops off the list unless it renews before, by the service's clock.</summary>
    public required DateTimeOffset LeaseExpires { get; init; }
}
