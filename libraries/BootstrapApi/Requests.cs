namespace ChittyChat.BootstrapApi;

/// <summary>Asks to be put on the list: the body of <c>PUT /v1/contacts/{id}</c>.</summary>
public sealed record JoinRequest
{
    /// <summary>The peer's display name, 1 to <see cref="BootstrapLimits.MaxNameLength"/> characters.</summary>
    public required string Name { get; init; }

    /// <summary>Where the peer's membership layer listens: <c>host:port</c>, an IPv6 address in brackets.</summary>
    public required string Address { get; init; }

    /// <summary>For how many seconds the peer has been up, by its own monotonic clock; 0 or more. Believed up to the service's limit.</summary>
    public double UptimeSeconds { get; init; }
}

/// <summary>Offers a peer that is not on the list as an entry point: the body of <c>POST /v1/refill</c>.</summary>
public sealed record RefillRequest
{
    /// <summary>The peer's id; see <see cref="BootstrapLimits.MaxIdLength"/>.</summary>
    public required string Id { get; init; }

    /// <inheritdoc cref="JoinRequest.Name"/>
    public required string Name { get; init; }

    /// <inheritdoc cref="JoinRequest.Address"/>
    public required string Address { get; init; }

    /// <inheritdoc cref="JoinRequest.UptimeSeconds"/>
    public double UptimeSeconds { get; init; }

    /// <summary>How many live members the peer sees, itself included; see <see cref="BootstrapConfig.MinRefillCandidates"/>.</summary>
    public required int Members { get; init; }
}
