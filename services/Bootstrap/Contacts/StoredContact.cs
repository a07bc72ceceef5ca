using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap;

/// <summary>A contact as it is kept: what everyone may see, and the fingerprint of the secret that proves who it is.</summary>
internal sealed record StoredContact
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Address { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset LeaseExpires { get; init; }

    public required TokenHash Token { get; init; }

    public Contact ToContact() => new() { Id = Id, Name = Name, Address = Address, Since = Since, LeaseExpires = LeaseExpires };
}
