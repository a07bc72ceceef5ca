namespace ChittyChat.Membership.Bench.Comparison;

internal enum SightingKind
{
    /// <summary>The observer is up.</summary>
    Ready,

    /// <summary>The observer counts the subject among the running.</summary>
    Joined,

    /// <summary>The observer holds the subject dead.</summary>
    Failed,

    /// <summary>The observer heard that it is suspected or dead itself, and said that it is not.</summary>
    Refuted,
}

/// <summary>Something that a member told, stamped when its line was read.</summary>
/// <param name="At">When.</param>
/// <param name="Observer">Who told it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Subject">To whom.</param>
internal readonly record struct Sighting(TimeSpan At, string Observer, SightingKind Kind, string Subject);
