using System.Net;
using ChittyChat.Membership;
using ChittyChat.Membership.Serf;
using ChittyChat.TestSupport;

namespace ChittyChat.Interop.Tests;

/// <summary>Our nodes and Serf agents, all ended at the end of the test.</summary>
internal sealed class InteropCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly List<SerfNode> _nodes = [];
    private readonly List<SerfAgent> _agents = [];
    private readonly ErrorLogs _logs = new();
    private readonly IPAddress _bind;
    private readonly byte[]? _key;
    private readonly bool _compression;

    public InteropCluster(byte[]? key = null, bool compression = true, IPAddress? bind = null)
    {
        _key = key;
        _compression = compression;
        _bind = bind ?? IPAddress.Loopback;
    }

    public async Task<SerfAgent> StartAgentAsync(string name, params string[] arguments)
    {
        string[] encryption = _key is null ? [] : ["-encrypt=" + Convert.ToBase64String(_key)];
        string[] compression = _compression ? [] : ["-disable-compression"];
        var agent = await SerfAgent.StartAsync(name, _bind, [.. encryption, .. compression, .. arguments]);
        _agents.Add(agent);
        return agent;
    }

    public Task<SerfNode> StartNodeAsync(string name, params (string Key, string Value)[] tags) => StartNodeAsync(name, null, null, tags);

    /// <param name="name">The name of the node.</param>
    /// <param name="transport">The network; null: UDP and TCP.</param>
    /// <param name="configure">Changes its options; null: as all others.</param>
    /// <param name="tags">Its tags.</param>
    public async Task<SerfNode> StartNodeAsync(string name, ITransport? transport, Action<MembershipOptions>? configure = null, params (string Key, string Value)[] tags)
    {
        var options = MembershipOptions.Local();
        options.Name = name;
        options.BindAddress = _bind;
        options.GossipToTheDeadTime = TimeSpan.FromMinutes(2);
        options.StreamTimeout = TimeSpan.FromSeconds(30);
        // The local preset sends every message twice only, which in six members often misses one; full exchanges make up for it.
        options.RetransmitMultiplier = 4;
        options.PushPullInterval = TimeSpan.FromSeconds(2);
        options.Compression = _compression;
        options.SecretKeys = _key is null ? [] : [_key];
        configure?.Invoke(options);
        var node = await SerfNode.StartAsync(
            options, tags.ToDictionary(t => t.Key, t => t.Value), TimeProvider.System, new Random(4711 + _nodes.Count), _logs, transport);
        _nodes.Add(node);
        return node;
    }

    public static Task UntilAsync(SerfNode node, string name, MemberState state, Func<Member, bool>? also = null) => UntilAsync(
        () => node.Node.Members.Any(m => m.Name == name && m.State == state && (also is null || also(m))),
        () => $"{node.Node.Self.Name} to see {name} {state}; it sees {string.Join(", ", node.Node.Members)}");

    /// <summary>Starts to wait for what happens to a member; the wait has begun when this returns.</summary>
    public static async Task<Task> ExpectAsync(SerfNode node, string name, MemberEventKind kind)
    {
        var changes = node.Node.WatchAsync(new CancellationTokenSource(Patience, TimeProvider.System).Token).GetAsyncEnumerator();
        // The first one is there at once: a running member of this moment.
        Assert.True(await changes.MoveNextAsync());
        return Task.Run(async () =>
        {
            await using (changes)
            {
                do
                {
                    if (changes.Current.Member.Name == name && changes.Current.Kind == kind)
                    {
                        return;
                    }
                }
                while (await changes.MoveNextAsync());
            }

            throw new InvalidOperationException($"The node ended before {name} was {kind}.");
        });
    }

    /// <summary>Starts to wait for an event; the wait has begun when this returns.</summary>
    public static async Task<Task<SerfEvent>> ExpectEventAsync(SerfNode node, string name)
    {
        var events = node.WatchEventsAsync(new CancellationTokenSource(Patience, TimeProvider.System).Token).GetAsyncEnumerator();
        var first = events.MoveNextAsync().AsTask();
        await Task.Yield();
        return Task.Run(async () =>
        {
            await using (events)
            {
                for (var next = first; await next; next = events.MoveNextAsync().AsTask())
                {
                    if (events.Current.Name == name)
                    {
                        return events.Current;
                    }
                }
            }

            throw new InvalidOperationException($"The node ended before the event '{name}' came.");
        });
    }

    /// <summary>Waits until one of our nodes has logged this.</summary>
    public Task UntilLoggedAsync(string text) =>
        UntilAsync(() => _logs.Lines.Any(l => l.Contains(text, StringComparison.Ordinal)), () => $"one of our nodes to log '{text}'");

    /// <summary>Runs something again until it succeeds: answers of agents go in datagrams, which may be late or lost.</summary>
    public static async Task<string> RetryAsync(Func<Task<string>> run, Func<string, bool> good)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            string last;
            try
            {
                last = await run();
                if (good(last))
                {
                    return last;
                }
            }
            catch (Xunit.Sdk.XunitException e)
            {
                last = e.Message;
            }

            Assert.False(limit.IsCancellationRequested, $"Tried for {Patience.TotalSeconds} s in vain; the last answer was: {last}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        _logs.Dispose();
    }

    private static async Task UntilAsync(Func<bool> condition, Func<string> missing)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Patience.TotalSeconds} s in vain for {missing()}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
