using System.Net;

namespace ChittyChat.Membership;

/// <summary>What this node believes about a member.</summary>
public enum MemberState
{
    /// <summary>The member answers.</summary>
    Alive = 0,

    /// <summary>The member did not answer somebody; unless it refutes in time, it is declared dead.</summary>
    Suspect = 1,

    /// <summary>The member failed: it did not refute the suspicion.</summary>
    Dead = 2,

    /// <summary>The member said goodbye.</summary>
    Left = 3,
}

/// <summary>One member of the cluster as this node knows it: an immutable snapshot.</summary>
/// <param name="Name">The unique name, 1 to 128 characters.</param>
/// <param name="Address">Where the member can be reached, for datagrams and streams alike.</param>
/// <param name="Metadata">What the application said about itself, at most 512 bytes; see <see cref="MemberTags"/>.</param>
/// <param name="State">What is believed about it.</param>
/// <param name="Incarnation">The version of what the member says about itself.</param>
/// <param name="Versions">The protocol versions it announced.</param>
public sealed record Member(
    string Name, IPEndPoint Address, ReadOnlyMemory<byte> Metadata, MemberState State, Incarnation Incarnation, ProtocolVersions Versions)
{
    /// <summary>The address bytes exactly as announced: peers compare them byte by byte, and 4 and 16 bytes are different to them.</summary>
    internal ReadOnlyMemory<byte> AddressBytes { get; init; } = Address.Address.GetAddressBytes();

    /// <summary>Whether the member is believed to be running: alive or suspect.</summary>
    public bool IsRunning => State is MemberState.Alive or MemberState.Suspect;

    /// <summary>The metadata as tags in Serf's encoding; empty when there are none.</summary>
    /// <exception cref="FormatException">The metadata starts like tags but is not a complete map of strings.</exception>
    public IReadOnlyDictionary<string, string> GetTags() => MemberTags.Decode(Metadata.Span);

    /// <summary>Whether both describe the same belief about the same member, metadata compared byte by byte.</summary>
    public bool Equals(Member? other) =>
        other is not null && Name == other.Name && State == other.State && Incarnation == other.Incarnation
        && Versions == other.Versions && Address.Equals(other.Address)
        && AddressBytes.Span.SequenceEqual(other.AddressBytes.Span) && Metadata.Span.SequenceEqual(other.Metadata.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, State, Incarnation, Address);

    /// <summary>Name, address, state and incarnation, for logs.</summary>
    public override string ToString() => $"{Name} ({Address}, {State}, incarnation {Incarnation})";
}
