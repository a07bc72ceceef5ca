namespace ChittyChat.Membership;

/// <summary>
/// The six version numbers that a member announces: what it understands of memberlist's protocol and of the protocol of
/// the application on top (the "delegate" protocol), and what it speaks of each.
/// </summary>
/// <param name="ProtocolMin">The oldest memberlist protocol understood.</param>
/// <param name="ProtocolMax">The newest memberlist protocol understood: from 3 on TCP pings, from 4 nacks, from 5 checksums.</param>
/// <param name="Protocol">The memberlist protocol spoken.</param>
/// <param name="DelegateMin">The oldest application protocol understood.</param>
/// <param name="DelegateMax">The newest application protocol understood.</param>
/// <param name="Delegate">The application protocol spoken.</param>
public readonly record struct ProtocolVersions(
    byte ProtocolMin, byte ProtocolMax, byte Protocol, byte DelegateMin, byte DelegateMax, byte Delegate)
{
    /// <summary>What Serf 0.9 agents announce and accept: [1, 5, 2, 2, 5, 5].</summary>
    public static ProtocolVersions Serf { get; } = new(1, 5, 2, 2, 5, 5);

    /// <summary>What a bare memberlist node without an application protocol announces: [1, 5, 2, 0, 0, 0].</summary>
    public static ProtocolVersions Memberlist { get; } = new(1, 5, 2, 0, 0, 0);

    /// <summary>The six numbers in their order on the wire.</summary>
    public override string ToString() => $"[{ProtocolMin}, {ProtocolMax}, {Protocol}, {DelegateMin}, {DelegateMax}, {Delegate}]";

    // Zero stands for an old member that announced nothing.
    private bool HasProtocolRange => ProtocolMin != 0 && ProtocolMin <= ProtocolMax;

    /// <summary>Whether a member with these versions and one with <paramref name="other"/> understand each other.</summary>
    public bool IsCompatibleWith(ProtocolVersions other) =>
        HasProtocolRange && other.HasProtocolRange
        && Protocol >= other.ProtocolMin && Protocol <= other.ProtocolMax
        && other.Protocol >= ProtocolMin && other.Protocol <= ProtocolMax
        && Delegate >= other.DelegateMin && Delegate <= other.DelegateMax
        && other.Delegate >= DelegateMin && other.Delegate <= DelegateMax;
}
