using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>A registry and some peers, each a gRPC server of its own, that do what the test says.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FakePeer> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly List<FakePeer> _started = [];
    private ulong _lastSession = 0x1a2b3c4d00000000;

    public FakeRegistry Registry { get; } = new();

    /// <summary>Peers that what is published does not reach.</summary>
    public HashSet<string> CutOff { get; } = new(StringComparer.Ordinal);

    public static async Task<FakeCluster> StartAsync(params string[] peers)
    {
        var cluster = new FakeCluster();
        await cluster.Registry.StartAsync();
        foreach (var peer in peers)
        {
            await cluster.JoinAsync(peer);
        }

        return cluster;
    }

    public FakePeer Peer(string name) => _peers[name];

    public async Task<FakePeer> JoinAsync(string name, bool register = true, bool gossip = true)
    {
        var peer = new FakePeer(this, name, _lastSession += 0x0101010101);
        _started.Add(peer);
        await peer.StartAsync();
        lock (_gate)
        {
            _peers[name] = peer;
            if (gossip)
            {
                _members[name] = peer.AsMember();
            }
        }

        Gossip();
        Broadcast(peer, peer.NewEvent(EventKind.Joined, name, l => $"Participant {name} joined Chitty-Chat at Lamport time {l}"));
        if (register)
        {
            Registry.Register(peer.AsRegistered());
        }

        return peer;
    }

    /// <summary>The process is gone and nobody has noticed yet.</summary>
    public async Task VanishAsync(string name)
    {
        await _peers[name].VanishAsync();
        lock (_gate)
        {
            _peers.Remove(name);
        }
    }

    /// <summary>The others notice: <paramref name="state"/> is what their gossip says from now on.</summary>
    public void Notice(string name, MemberState state)
    {
        lock (_gate)
        {
            _members[name].State = state;
        }

        Gossip();
        if (state is MemberState.Dead or MemberState.Left)
        {
            var announcer = _peers.Values.First();
            Broadcast(announcer, announcer.NewEvent(EventKind.Left, name, l => $"Participant {name} left Chitty-Chat at Lamport time {l}"));
        }
    }

    public ChatEvent Publish(string through, string text, string traceId = "0af7651916cd43dd8448eb211c80319c")
    {
        var peer = Peer(through);
        var published = peer.NewEvent(EventKind.Message, through, _ => text, traceId);
        Broadcast(peer, published);
        return published;
    }

    /// <summary>Everybody sees the same.</summary>
    public void Gossip()
    {
        lock (_gate)
        {
            foreach (var peer in _peers.Values)
            {
                peer.See(_members.Values);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _started)
        {
            await peer.DisposeAsync();
        }

        await Registry.DisposeAsync();
    }

    private void Broadcast(FakePeer from, ChatEvent published)
    {
        FakePeer[] receivers;
        lock (_gate)
        {
            receivers = [.. _peers.Values.Where(p => p == from || !CutOff.Contains(p.Name))];
        }

        foreach (var receiver in receivers)
        {
            receiver.Deliver(published);
        }
    }
}
