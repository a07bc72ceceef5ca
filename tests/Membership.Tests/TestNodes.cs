using ChittyChat.Membership.Wire;
using ChittyChat.TestSupport;

namespace ChittyChat.Membership.Tests;

/// <summary>Nodes on real loopback sockets that are all stopped at the end of the test.</summary>
public sealed class TestNodes : IAsyncDisposable
{
    /// <summary>How long a test waits for something before it reports that it is missing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly List<MembershipNode> _nodes = [];
    private int _seed = 4711;

    public ErrorLogs Logs { get; } = new();

    /// <summary>Quick to spread news, and too slow with its probes to suspect anybody: how busy the machine is makes no difference.</summary>
    public static MembershipOptions Quick(string name) => new()
    {
        Name = name,
        ProbeInterval = TimeSpan.FromMinutes(10),
        ProbeTimeout = TimeSpan.FromSeconds(30),
        GossipInterval = TimeSpan.FromMilliseconds(30),
        PushPullInterval = TimeSpan.FromSeconds(2),
        StreamTimeout = TimeSpan.FromSeconds(30),
        BroadcastTimeout = TimeSpan.FromSeconds(30),
        LeavePropagateDelay = TimeSpan.FromMilliseconds(50),
        GossipToTheDeadTime = TimeSpan.FromMinutes(10),
        RejoinInterval = TimeSpan.FromSeconds(1),
    };

    /// <summary>For those that have to find out by themselves who has failed.</summary>
    public static void Probing(MembershipOptions options)
    {
        options.ProbeInterval = TimeSpan.FromMilliseconds(300);
        options.ProbeTimeout = TimeSpan.FromMilliseconds(150);
        options.SuspicionMultiplier = 3;
    }

    public async Task<MembershipNode> StartAsync(string name, Action<MembershipOptions>? configure = null)
    {
        var options = Quick(name);
        configure?.Invoke(options);
        var node = await MembershipNode.StartAsync(options, TimeProvider.System, new Random(_seed++), Logs);
        _nodes.Add(node);
        return node;
    }

    public async Task<MembershipNode> StartAndJoinAsync(string name, MembershipNode seed, Action<MembershipOptions>? configure = null)
    {
        var node = await StartAsync(name, configure);
        Assert.Equal(1, await node.JoinAsync([seed.Self.Address.ToString()]));
        return node;
    }

    /// <summary>Tells a node that a member has failed, as another one would that found it out.</summary>
    public static Task DeclareDeadAsync(MembershipNode node, Member dead) => node.Loop.CallAsync(
        (core, now) =>
        {
            var message = new ByteWriter();
            message.WriteAccusation(MessageType.Dead, dead.Incarnation, dead.Name, "somebody");
            core.ReceivePacket(message.Written, node.Self.Address, now);
            return true;
        },
        CancellationToken.None);

    /// <summary>Waits until each node sees exactly these members in these states.</summary>
    public static async Task UntilAsync(string expected, params MembershipNode[] nodes)
    {
        foreach (var node in nodes)
        {
            await UntilAsync(() => Describe(node) == expected, () => $"{node.Self.Name} to see '{expected}', but it sees '{Describe(node)}'");
        }
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> missing)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Patience.TotalSeconds} s in vain for {missing()}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public static string Describe(MembershipNode node) => string.Join(' ', node.Members.Select(m => $"{m.Name}:{m.State}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        Logs.Dispose();
    }
}
