namespace ChittyChat.BootstrapApi;

/// <summary>The service's list of contacts, with the rules in force. Every answer brings it.</summary>
public sealed record ContactList
{
    /// <summary>The contacts, oldest first. Empty means that there are none: a service that cannot read its store says so with an error.</summary>
    /// <exception cref="ArgumentException">An entry is null.</exception>
    public required IReadOnlyList<Contact> Contacts
    {
        get;
        init => field = value.Contains(null!) ? throw new ArgumentException("The list of contacts has an entry that is null.", nameof(value)) : value;
    }

    /// <summary>The rules in force.</summary>
    public required BootstrapConfig Config { get; init; }

    /// <summary>The service's clock at this answer; compare <see cref="Contact.Since"/> and <see cref="Contact.LeaseExpires"/> with it, not with one's own clock.</summary>
    public required DateTimeOffset ServerTime { get; init; }
}
