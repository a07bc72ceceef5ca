namespace ChittyChat.Membership.Core;

/// <summary>A row of the table: the published snapshot and what the protocol needs besides.</summary>
internal sealed class Node(Member member, TimeSpan now)
{
    public Member Member { get; set; } = member;

    /// <summary>When <see cref="Member"/> got its present state.</summary>
    public TimeSpan StateChanged { get; set; } = now;

    public Suspicion? Suspicion { get; set; }

    /// <summary>The highest incarnation of the process before, which had this name at another address; 0 when the member has gone past it.</summary>
    public Incarnation Predecessor { get; set; }

    /// <summary>Until when others may still speak of the process before.</summary>
    public TimeSpan PredecessorForgotten { get; set; }

    /// <summary>Its number in the order in which members came into the table.</summary>
    public long Arrival { get; set; }
}
