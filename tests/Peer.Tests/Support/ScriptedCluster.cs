using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Tests.Support;

/// <summary>
/// Membership as the test writes it: everybody sees everybody at once, unless the test says otherwise for one observer.
/// </summary>
internal sealed class ScriptedCluster
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ScriptedMembership> _views = [];
    private ImmutableArray<ChatMember> _members = [];

    /// <summary>The peers that tests have started in it.</summary>
    public List<TestPeer> Peers { get; } = [];

    /// <summary>How many have joined so far, also those that are gone.</summary>
    public int Joined { get; private set; }

    /// <summary>A peer joins; the others see it, and it sees the others.</summary>
    public ScriptedMembership Join(string name, SessionId session, Uri chatAddress)
    {
        lock (_gate)
        {
            var self = new ChatMember(name, session, chatAddress, "127.0.0.1:1", MemberState.Alive, 1);
            _members = [.. _members.Where(m => m.Name != name), self];
            var view = new ScriptedMembership(this, name);
            _views[name] = view;
            Joined++;
            Show();
            return view;
        }
    }

    /// <summary>All observers, or those named, see the peer in this state.</summary>
    public void Set(string name, MemberState state, params string[] observers)
    {
        lock (_gate)
        {
            var changed = _members.Single(m => m.Name == name) with { State = state };
            if (observers.Length == 0)
            {
                _members = [.. _members.Select(m => m.Name == name ? changed : m)];
                Show();
                return;
            }

            foreach (var observer in observers)
            {
                _views[observer].Show([.. _views[observer].Members.Select(m => m.Name == name ? changed : m)]);
            }
        }
    }

    /// <summary>The metadata of a peer changes.</summary>
    public void Rename(string name, SessionId session)
    {
        lock (_gate)
        {
            _members = [.. _members.Select(m => m.Name == name ? m with { Session = session, State = MemberState.Alive } : m)];
            Show();
        }
    }

    private void Show()
    {
        foreach (var view in _views.Values)
        {
            view.Show(_members);
        }
    }
}

/// <summary>One peer's view of a <see cref="ScriptedCluster"/>.</summary>
internal sealed class ScriptedMembership(ScriptedCluster cluster, string name) : IMembershipView
{
    private readonly Lock _gate = new();
    private readonly List<Channel<ImmutableArray<ChatMember>>> _watchers = [];

    public ImmutableArray<ChatMember> Members { get; private set; } = [];

    public ChatMember Self => Members.Single(m => m.Name == name);

    /// <summary>The sessions that the chat has told membership of.</summary>
    public List<SessionId> Sessions { get; } = [];

    public void Show(ImmutableArray<ChatMember> members)
    {
        lock (_gate)
        {
            Members = members;
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(members);
            }
        }
    }

    public async IAsyncEnumerable<ImmutableArray<ChatMember>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<ImmutableArray<ChatMember>>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            channel.Writer.TryWrite(Members);
            _watchers.Add(channel);
        }

        await foreach (var members in channel.Reader.ReadAllAsync(cancellationToken))
        {
            yield return members;
        }
    }

    public void SessionChanged(SessionId session)
    {
        Sessions.Add(session);
        cluster.Rename(name, session);
    }
}
