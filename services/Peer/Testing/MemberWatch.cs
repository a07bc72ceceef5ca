using System.Collections.Immutable;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Membership;

namespace ChittyChat.Peer.Testing;

/// <summary>The newest members of one stay in the cluster. A stay ends without telling those who watch it, so whoever watches ends the watch.</summary>
internal sealed class MemberWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Task _following;
    private ImmutableArray<ChatMember> _members;

    /// <param name="view">Of the stay.</param>
    /// <param name="changed">Called after each change.</param>
    public MemberWatch(GossipView view, Action changed)
    {
        (View, _members) = (view, view.Members);
        _following = Task.Run(() => FollowAsync(changed), CancellationToken.None);
    }

    /// <summary>Whose members they are.</summary>
    public GossipView View { get; }

    public ImmutableArray<ChatMember> Members
    {
        get
        {
            lock (_gate)
            {
                return _members;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
    }

    private async Task FollowAsync(Action changed)
    {
        try
        {
            await foreach (var members in View.WatchAsync(_stopping.Token))
            {
                lock (_gate)
                {
                    _members = members;
                }

                changed();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Nobody watches any more, or there is nothing to see.
        }
    }
}
