namespace ChittyChat.Membership;

/// <summary>What happened to a member.</summary>
public enum MemberEventKind
{
    /// <summary>A member is there: new, or back after it was dead or had left.</summary>
    Joined,

    /// <summary>A running member is suspected of having failed.</summary>
    Suspected,

    /// <summary>A suspected member, or this node itself, answered the accusation with a higher incarnation.</summary>
    Refuted,

    /// <summary>A member announced other metadata or another address.</summary>
    Updated,

    /// <summary>A member said goodbye.</summary>
    Left,

    /// <summary>A member was declared dead.</summary>
    Failed,

    /// <summary>A dead or departed member was removed from the table.</summary>
    Reaped,

    /// <summary>Somebody at another address uses the name of a running member; the holder of the name keeps it.</summary>
    Conflict,
}

/// <summary>Why it happened.</summary>
public enum MemberEventReason
{
    /// <summary>Nothing to add to the kind of the event.</summary>
    None,

    /// <summary>This node's own probe, direct, indirect and over TCP, had no answer.</summary>
    ProbeFailed,

    /// <summary>Another member said so: <see cref="MemberEvent.From"/>.</summary>
    Reported,

    /// <summary>The suspicion was not refuted in time.</summary>
    SuspicionTimeout,

    /// <summary>For <see cref="MemberEventKind.Refuted"/> of this node: somebody had suspected it.</summary>
    Suspected,

    /// <summary>For <see cref="MemberEventKind.Refuted"/> of this node: somebody had already declared it dead or gone.</summary>
    DeclaredDead,

    /// <summary>
    /// For <see cref="MemberEventKind.Refuted"/> of this node: the cluster remembered an earlier process of the same name;
    /// nothing happened to this one.
    /// </summary>
    PreviousLife,

    /// <summary>For <see cref="MemberEventKind.Refuted"/> of this node: somebody passed on an altered record of it.</summary>
    AlteredRecord,
}

/// <summary>One change of the membership, as seen by this node.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Member">The member after the change; for a conflict the holder of the name.</param>
/// <param name="Reason">Why.</param>
/// <param name="From">
/// Who said so: the name of the accuser, or for a conflict the address that claims the name; null when nobody else was involved.
/// </param>
public sealed record MemberEvent(MemberEventKind Kind, Member Member, MemberEventReason Reason = MemberEventReason.None, string? From = null);
