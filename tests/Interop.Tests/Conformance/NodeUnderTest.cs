using ChittyChat.Membership;
using ChittyChat.TestSupport;

namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>A node on loopback that gossips quickly and does nothing at its own initiative: how busy the machine is makes no difference.</summary>
internal sealed class NodeUnderTest : IAsyncDisposable
{
    private readonly ErrorLogs _logs;

    private NodeUnderTest(MembershipNode node, ErrorLogs logs) => (Node, _logs) = (node, logs);

    public MembershipNode Node { get; }

    /// <summary>The states of all members but the node itself, in the order of their names.</summary>
    public string Table => TableOf(null);

    public static async Task<NodeUnderTest> StartAsync(string name = "node", Action<MembershipOptions>? configure = null)
    {
        var options = MembershipOptions.Lan();
        (options.Name, options.Compression, options.PushPullInterval, options.RejoinInterval) = (name, false, TimeSpan.Zero, TimeSpan.Zero);
        (options.ProbeInterval, options.StreamTimeout, options.GossipInterval) = (TimeSpan.FromHours(10), TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(20));
        configure?.Invoke(options);
        var logs = new ErrorLogs();
        return new NodeUnderTest(await MembershipNode.StartAsync(options, TimeProvider.System, new Random(4711), logs), logs);
    }

    /// <summary>Waits until the node sees exactly this, of all or of one.</summary>
    public async Task UntilAsync(string table, string? of = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (TableOf(of) != table)
        {
            Assert.False(limit.IsCancellationRequested, $"Waited in vain for '{table}'; the node sees '{Table}'.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public RawPeer NewPeer() => new(Node.Self.Address, Node.Self.Name);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _logs.Dispose();
    }

    private string TableOf(string? name) => string.Join(
        ' ', Node.Members.Where(m => name is null ? m.Name != Node.Self.Name : m.Name == name).Select(m => $"{m.Name}:{m.State}:{m.Incarnation.Value}"));
}
