namespace ChittyChat.BootstrapApi;

/// <summary>What a peer tells newcomers about itself.</summary>
public sealed record EntryPoint
{
    /// <summary>The peer's id: fresh for every session, as the service keeps the id of a session that has ended until its lease runs out.</summary>
    public required string Id { get; init; }

    /// <inheritdoc cref="JoinRequest.Name"/>
    public required string Name { get; init; }

    /// <inheritdoc cref="JoinRequest.Address"/>
    public required string Address { get; init; }
}

/// <summary>How a peer stands with the bootstrap service after the latest call.</summary>
/// <param name="Listed">Whether the peer is on the list, as far as it knows.</param>
/// <param name="List">The latest list that the service gave; it stays while the service is away. Null: there never was one.</param>
/// <param name="Failure">Why the latest call failed; null when it succeeded.</param>
public sealed record EntryPointStatus(bool Listed, ContactList? List, BootstrapException? Failure);
