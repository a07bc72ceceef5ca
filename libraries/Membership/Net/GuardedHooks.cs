using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>The application's hooks, whose failures are logged and do not reach the protocol.</summary>
internal sealed class GuardedHooks(MembershipHooks inner, ILogger logger) : MembershipHooks
{
    public override void OnUserMessage(ReadOnlySpan<byte> payload)
    {
        try
        {
            inner.OnUserMessage(payload);
        }
        catch (Exception e)
        {
            logger.HookFailed(e, nameof(OnUserMessage));
        }
    }

    public override void OnMemberEvent(MemberEvent change) => Guard(() => inner.OnMemberEvent(change), nameof(OnMemberEvent));

    public override ReadOnlyMemory<byte> GetUserState(bool join) => Guard(
        () =>
        {
            var state = inner.GetUserState(join);
            return state.Length <= Limits.UserState
                ? state
                : throw new InvalidOperationException($"The user state may have {Limits.UserState} bytes, but has {state.Length}: it is left out.");
        },
        default,
        nameof(GetUserState));

    public override void MergeUserState(ReadOnlyMemory<byte> state, bool join) => Guard(() => inner.MergeUserState(state, join), nameof(MergeUserState));

    public override byte[]? GetAckPayload() => Guard(inner.GetAckPayload, null, nameof(GetAckPayload));

    public override void OnPingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
        try
        {
            inner.OnPingCompleted(member, roundTrip, payload);
        }
        catch (Exception e)
        {
            logger.HookFailed(e, nameof(OnPingCompleted));
        }
    }

    public override string? RefuseMember(Member member) => Guard(() => inner.RefuseMember(member), null, nameof(RefuseMember));

    public override string? RefuseMerge(IReadOnlyList<Member> members) => Guard(() => inner.RefuseMerge(members), null, nameof(RefuseMerge));

    private void Guard(Action action, string hook) => Guard<object?>(
        () =>
        {
            action();
            return null;
        },
        null,
        hook);

    private T Guard<T>(Func<T> call, T otherwise, string hook)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            logger.HookFailed(e, hook);
            return otherwise;
        }
    }
}
