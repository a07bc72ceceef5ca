using ChittyChat.TestSupport;

namespace ChittyChat.Membership.Tests;

/// <summary>Nodes on real loopback sockets, quick ones, that are all stopped at the end of the test.</summary>
public sealed class TestNodes : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<MembershipNode> _nodes = [];
    private int _seed = 4711;

    public ErrorLogs Logs { get; } = new();

    public static MembershipOptions Quick(string name) => new()
    {
        Name = name,
        ProbeInterval = TimeSpan.FromMilliseconds(300),
        ProbeTimeout = TimeSpan.FromMilliseconds(150),
        GossipInterval = TimeSpan.FromMilliseconds(30),
        PushPullInterval = TimeSpan.FromSeconds(2),
        StreamTimeout = TimeSpan.FromSeconds(2),
        SuspicionMultiplier = 3,
        LeavePropagateDelay = TimeSpan.FromMilliseconds(50),
        GossipToTheDeadTime = TimeSpan.FromSeconds(10),
        RejoinInterval = TimeSpan.FromSeconds(1),
    };

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

    /// <summary>Waits until each node sees exactly these members in these states.</summary>
    public static async Task UntilAsync(string expected, params MembershipNode[] nodes)
    {
        foreach (var node in nodes)
        {
            await UntilAsync(node, () => Describe(node) == expected, () => $"{node.Self.Name} to see '{expected}', but it sees '{Describe(node)}'");
        }
    }

    public static async Task UntilAsync(MembershipNode node, Func<bool> condition, Func<string> missing)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            // The stream has an event for every change, so the condition is looked at whenever it can have become true.
            await foreach (var _ in node.WatchAsync(limit.Token))
            {
                if (condition())
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Reported below.
        }

        Assert.Fail($"Waited {Patience.TotalSeconds} s in vain for {missing()}");
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
