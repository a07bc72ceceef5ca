namespace ChittyChat.Membership;

/// <summary>
/// What an application puts on top of the membership protocol (memberlist's "delegates"). Every method is called by the
/// node's own loop, one at a time: it must return quickly, must not throw, and must not block on the node. The default does nothing.
/// </summary>
public abstract class MembershipHooks
{
    /// <summary>A user message arrived, sent to this node or broadcast to all. The span is valid during the call only.</summary>
    public virtual void OnUserMessage(ReadOnlySpan<byte> payload)
    {
    }

    /// <summary>A member changed; the same events as <see cref="MembershipNode.WatchAsync"/>, none left out.</summary>
    public virtual void OnMemberEvent(MemberEvent change)
    {
    }

    /// <summary>The application's state, which travels with every push/pull exchange (at most 20 MiB).</summary>
    /// <param name="join">Whether the exchange is part of a join.</param>
    public virtual ReadOnlyMemory<byte> GetUserState(bool join) => default;

    /// <summary>The other side's application state arrived in a push/pull exchange.</summary>
    /// <param name="state">What the other side's <see cref="GetUserState"/> gave; never empty.</param>
    /// <param name="join">Whether the exchange is part of a join.</param>
    public virtual void MergeUserState(ReadOnlyMemory<byte> state, bool join)
    {
    }

    /// <summary>
    /// What to send along with every acknowledgement of a ping; null for nothing. What does not fit a datagram
    /// (<see cref="MembershipOptions.DatagramSize"/> less 24, with encryption less 53) is left out, and counted as dropped.
    /// </summary>
    public virtual byte[]? GetAckPayload() => null;

    /// <summary>A member answered a probe directly.</summary>
    /// <param name="member">Who answered.</param>
    /// <param name="roundTrip">The time from the ping to its acknowledgement.</param>
    /// <param name="payload">What the other side's <see cref="GetAckPayload"/> gave; valid during the call only.</param>
    public virtual void OnPingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
    }

    /// <summary>Whether to let a member into the table: null to accept, else the reason of the refusal, which is logged.</summary>
    public virtual string? RefuseMember(Member member) => null;

    /// <summary>Whether to merge with a cluster that joins, or is joined: null to accept, else the reason of the refusal.</summary>
    public virtual string? RefuseMerge(IReadOnlyList<Member> members) => null;
}
