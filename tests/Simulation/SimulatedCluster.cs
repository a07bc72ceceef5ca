using System.Globalization;
using System.Net;
using ChittyChat.Membership;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation;

/// <summary>
/// A cluster of production cores on a simulated network, in virtual time, on one thread. All chance comes from the seed: the
/// same seed and the same calls give the same run, to the last byte (<see cref="Trace"/>).
/// </summary>
/// <remarks>Nodes are numbered from 0; node 7 is named "n7" and has the address 10.0.0.7, whose port tells its processes apart.</remarks>
public sealed class SimulatedCluster
{
    private const ushort FirstPort = 7946;
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(200);

    private readonly VirtualEvents _events = new();
    private readonly List<SimulatedNode?> _nodes = [];
    private readonly List<ushort> _ports = [];
    private readonly Dictionary<DropReason, long> _drops = [];
    private readonly TraceHash? _trace;
    private readonly Random _network;
    private readonly Random _seeds;
    private Traffic _gone;

    /// <param name="seed">The source of all chance.</param>
    /// <param name="options">For all nodes; the name is ignored.</param>
    /// <param name="trace">Whether to keep a fingerprint of the run; costs a little time.</param>
    public SimulatedCluster(int seed, MembershipOptions options, bool trace = false)
    {
        // The parts have sources of their own, so that what one draws does not change what another gets.
        _seeds = new Random(seed);
        _network = new Random(_seeds.Next());
        Random = new Random(_seeds.Next());
        Options = options;
        _trace = trace ? new TraceHash() : null;
    }

    /// <summary>The virtual time since the start.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>The options of all nodes.</summary>
    public MembershipOptions Options { get; }

    /// <summary>What the network does.</summary>
    public NetworkConditions Network { get; } = new();

    /// <summary>For the choices of the scenario.</summary>
    public Random Random { get; }

    /// <summary>How many nodes there are or have been.</summary>
    public int Count => _nodes.Count;

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    /// <summary>The fingerprint of the run so far; 0 without tracing.</summary>
    public ulong Trace => _trace?.Value ?? 0;

    /// <summary>What all nodes together have sent.</summary>
    public Traffic Traffic => _nodes.Aggregate(_gone, (sum, n) => n is null ? sum : Sum(sum, n.Traffic));

    /// <value>Called for every event of every node: the node, and what it saw.</value>
    public Action<int, MemberEvent>? MemberEvent { get; set; }

    /// <value>Called for every user message: the node that received it, and the payload.</value>
    public Action<int, byte[]>? UserMessage { get; set; }

    internal ISimulationObserver? Observer { get; set; }

    /// <summary>What was dropped, by reason.</summary>
    internal IReadOnlyDictionary<DropReason, long> Drops => _drops;

    /// <summary>The nodes whose process runs, paused or not.</summary>
    internal IEnumerable<SimulatedNode> Running => _nodes.OfType<SimulatedNode>();

    /// <summary>The name of a node.</summary>
    public static string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"n{node}");

    /// <summary>Whether the process of a node runs, paused or not.</summary>
    public bool IsRunning(int node) => _nodes[node] is not null;

    /// <summary>What a node has sent since its process started.</summary>
    public Traffic TrafficOf(int node) => _nodes[node]?.Traffic ?? default;

    /// <summary>What a node knows of another, or null.</summary>
    public Member? Find(int node, string name) => _nodes[node]?.Core.Find(name);

    /// <summary>All that a node knows.</summary>
    public IEnumerable<Member> MembersOf(int node) => _nodes[node]?.Core.Members ?? [];

    /// <summary>Starts a new node, which knows nobody; gives its number.</summary>
    public int Start(ReadOnlyMemory<byte> metadata = default)
    {
        _nodes.Add(null);
        _ports.Add(FirstPort);
        StartProcess(_nodes.Count - 1, metadata);
        return _nodes.Count - 1;
    }

    /// <summary>Starts so many nodes that know each other from the beginning, without the traffic of their joins.</summary>
    public void StartTogether(int count)
    {
        var first = _nodes.Count;
        for (var i = 0; i < count; i++)
        {
            Start();
        }

        var members = Enumerable.Range(first, count).Select(i => _nodes[i]!.Core.Self).ToArray();
        for (var i = first; i < _nodes.Count; i++)
        {
            _nodes[i]!.Core.Preload(members);
            _nodes[i]!.Arm();
        }
    }

    /// <summary>Starts the process of a node again, at another port if asked for.</summary>
    public void Restart(int node, bool elsewhere = false, ReadOnlyMemory<byte> metadata = default)
    {
        if (_nodes[node] is not null)
        {
            throw new InvalidOperationException($"{NameOf(node)} runs.");
        }

        _ports[node] += elsewhere ? (ushort)1 : (ushort)0;
        StartProcess(node, metadata);
    }

    /// <summary>Lets a node join through another, which it remembers as a join address.</summary>
    public void Join(int node, int via) => Call(node, (core, _) =>
    {
        var address = AddressOf(via, _ports[via]);
        core.RememberSeed(address);
        _nodes[node]!.ExchangeState(address, null, join: true);
    });

    /// <summary>Ends a process without a goodbye.</summary>
    public void Crash(int node)
    {
        _trace?.Add(-1 - node);
        _gone = Sum(_gone, _nodes[node]?.Traffic ?? default);
        _nodes[node] = null;
    }

    /// <summary>Lets a node say goodbye; its process ends when that has spread.</summary>
    public void Leave(int node) => Call(node, (core, now) =>
    {
        var leaving = _nodes[node];
        core.Leave((Action)(() => After(Options.LeavePropagateDelay, () =>
        {
            if (_nodes[node] == leaving)
            {
                Crash(node);
            }
        })), now);
    });

    /// <summary>Makes a process stand still.</summary>
    public void Pause(int node) => _nodes[node]?.Pause();

    /// <summary>Lets a process go on.</summary>
    public void Resume(int node) => _nodes[node]?.Resume();

    /// <summary>Announces other metadata.</summary>
    public void UpdateMetadata(int node, ReadOnlyMemory<byte> metadata) => Call(node, (core, now) => core.UpdateMetadata(metadata, (Action)(() => { }), now));

    /// <summary>Sends a user message to all.</summary>
    public void Broadcast(int node, byte[] payload) => Call(node, (core, now) => core.BroadcastUserMessage(payload, now));

    /// <summary>Does something later.</summary>
    public void After(TimeSpan delay, Action action) => _events.Add(Now + delay, new VirtualEvent(VirtualEventKind.Script, -1, -1, 0, 0, action));

    /// <summary>Lets the time pass.</summary>
    public void RunFor(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>Lets the time pass until something is the case, looked at after everything that happens; false when the time is over first.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (_events.TryTake(end, out var what, out var at))
        {
            Now = at;
            Do(what);
            if (condition())
            {
                return true;
            }
        }

        Now = end;
        return condition();
    }

    internal static int IndexOf(IPEndPoint address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.Address.TryWriteBytes(bytes, out var length) && length == 4 && bytes[0] == 10 ? (bytes[1] << 16) | (bytes[2] << 8) | bytes[3] : -1;
    }

    internal SimulatedNode? Node(int node) => _nodes[node];

    internal IPEndPoint AddressOf(int node, ushort port) =>
        _nodes[node] is { } running && running.Port == port ? running.Address : new IPEndPoint(new IPAddress([10, (byte)(node >> 16), (byte)(node >> 8), (byte)node]), port);

    internal void Call(int node, Action<Membership.Core.MembershipCore, TimeSpan> call)
    {
        if (_nodes[node] is { IsPaused: false } running)
        {
            running.Step(call);
        }
    }

    internal void Wake(SimulatedNode node, TimeSpan at) =>
        _events.Add(at, new VirtualEvent(VirtualEventKind.Wake, node.Index, node.Index, node.Port, node.Port, node));

    internal void Send(SimulatedNode sender, ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        var to = IndexOf(destination);
        if (to < 0 || to >= _nodes.Count || Network.IsBlocked(sender.Index, to) || (Network.Loss > 0 && _network.NextDouble() < Network.Loss))
        {
            return;
        }

        var arrival = new VirtualEvent(VirtualEventKind.Datagram, to, sender.Index, (ushort)destination.Port, sender.Port, datagram.ToArray());
        _events.Add(Now + Network.DrawLatency(_network), arrival);
        if (Network.Duplication > 0 && _network.NextDouble() < Network.Duplication)
        {
            _events.Add(Now + Network.DrawLatency(_network), arrival);
        }
    }

    internal void Continue(SimulatedNode sender, int to, ushort port, StreamStep stream, TimeSpan time)
    {
        if (to >= 0 && to < _nodes.Count)
        {
            _events.Add(Now + time, new VirtualEvent(VirtualEventKind.Stream, to, sender.Index, port, sender.Port, stream));
        }
    }

    // Three ways to open a stream and send something, one way for an answer; a loss is repaired after a while. Null: it never arrives.
    internal TimeSpan? DrawStreamTime(int from, int to, bool opens)
    {
        if (to < 0 || Network.IsBlocked(from, to) || Network.IsBlocked(to, from))
        {
            return null;
        }

        var time = TimeSpan.Zero;
        for (var way = opens ? 3 : 1; way > 0; way--)
        {
            time += Network.DrawLatency(_network);
            for (var wait = Retransmission; Network.Loss > 0 && _network.NextDouble() < Network.Loss; wait *= 2)
            {
                if (wait > TimeSpan.FromSeconds(20))
                {
                    return null;
                }

                time += wait;
            }
        }

        return time;
    }

    internal void CountDrop(DropReason reason) => _drops[reason] = _drops.GetValueOrDefault(reason) + 1;

    private void Do(in VirtualEvent what)
    {
        if (what.Kind == VirtualEventKind.Script)
        {
            ((Action)what.Payload!)();
            return;
        }

        // A wake-up is for one process; everything else for whoever has the port.
        if (_nodes[what.Node] is not { } node || node.Port != what.Port || (what.Kind == VirtualEventKind.Wake && what.Payload != node))
        {
            return;
        }

        Steps++;
        if (_trace is not null)
        {
            _trace.Add(Now.Ticks);
            _trace.Add((what.Node << 2) | (int)what.Kind);
            _trace.Add(what.Payload switch
            {
                byte[] datagram => datagram,
                StreamStep stream => stream.Bytes.Span,
                _ => default(ReadOnlySpan<byte>),
            });
        }

        node.Take(what);
    }

    private void StartProcess(int node, ReadOnlyMemory<byte> metadata)
    {
        var address = new IPEndPoint(new IPAddress([10, (byte)(node >> 16), (byte)(node >> 8), (byte)node]), _ports[node]);
        var self = new Member(NameOf(node), address, metadata, MemberState.Alive, new Incarnation(1), Options.Versions);
        var process = new SimulatedNode(this, node, self, Options, new Random(_seeds.Next()));
        _nodes[node] = process;
        process.Arm();
    }

    private static Traffic Sum(Traffic one, Traffic other) => new(
        one.Datagrams + other.Datagrams, one.DatagramBytes + other.DatagramBytes, one.Streams + other.Streams, one.StreamBytes + other.StreamBytes);
}
