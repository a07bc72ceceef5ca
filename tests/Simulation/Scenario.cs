using System.Globalization;
using System.Text;
using ChittyChat.Membership;

namespace ChittyChat.Simulation;

/// <summary>
/// One run: a small cluster forms while the network and the processes misbehave in ways that the seed draws; then everything is
/// healed, and within a bound all must agree again. The invariants are checked after everything that happens.
/// </summary>
public sealed class Scenario
{
    private readonly SimulatedCluster _cluster;
    private readonly Invariants _invariants;
    private readonly Random _random;
    private readonly List<string> _story = [];
    private readonly int _seed;
    private readonly int _size;
    private int _tampered = -1;
    private Func<byte[], byte[]?>? _tamper;

    /// <param name="seed">Draws everything.</param>
    public Scenario(int seed)
    {
        _seed = seed;
        var draw = new Random(seed);
        _size = draw.Next(3, 11);
        _cluster = new SimulatedCluster(draw.Next(), DrawOptions(draw), trace: true);
        _random = _cluster.Random;
        _invariants = new Invariants(_cluster);
        _cluster.Observer = _invariants;
    }

    /// <summary>The fingerprint of the whole run.</summary>
    public ulong Trace => _cluster.Trace;

    /// <summary>How many datagrams, timers and stream steps were processed.</summary>
    public long Steps => _cluster.Steps;

    /// <summary>How long it took after healing until all agreed.</summary>
    public TimeSpan Convergence { get; private set; }

    /// <summary>How often each kind of fault and event occurred.</summary>
    public IReadOnlyDictionary<string, int> Seen => _invariants.Seen;

    /// <summary>What was done to the cluster, a line each.</summary>
    public string Story => string.Join('\n', _story);

    /// <summary>Makes one node defective: what it sends goes through <paramref name="change"/>; null drops it.</summary>
    internal void Tamper(int node, Func<byte[], byte[]?> change) => (_tampered, _tamper) = (node, change);

    /// <summary>Runs everything.</summary>
    /// <exception cref="InvariantViolationException">Something went wrong; the message tells the seed, what happened before, and how to replay it.</exception>
    public void Run()
    {
        try
        {
            Boot();
            Misbehave();
            Heal();
            StayQuiet();
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            throw new InvariantViolationException(
                $"Seed {_seed.ToString(CultureInfo.InvariantCulture)} (replay exactly this run: SIMULATION_SEED={_seed.ToString(CultureInfo.InvariantCulture)} dotnet test tests/Simulation.Tests): "
                + $"{(wrong is InvariantViolationException ? wrong.Message : wrong.ToString())}\nWhat was done:\n{Story}\n{Dump()}");
        }
    }

    private static MembershipOptions DrawOptions(Random draw)
    {
        var options = draw.Next(3) == 0 ? MembershipOptions.Local() : MembershipOptions.Lan();
        options.Name = "all";
        options.RetransmitMultiplier = draw.Next(3, 5);
        options.SuspicionMultiplier = draw.Next(2, 6);
        options.StreamPings = draw.Next(4) != 0;
        options.Compression = draw.Next(3) == 0;
        options.PushPullInterval = TimeSpan.FromSeconds(draw.Next(5, 31));
        options.GossipToTheDeadTime = TimeSpan.FromSeconds(draw.Next(5, 31));
        options.RejoinInterval = TimeSpan.FromSeconds(draw.Next(5, 16));
        options.DeadNodeReclaimTime = draw.Next(3) switch { 0 => TimeSpan.Zero, 1 => TimeSpan.FromSeconds(draw.Next(1, 20)), _ => Timeout.InfiniteTimeSpan };
        options.Label = draw.Next(4) == 0 ? "lab" : "";
        return options;
    }

    private void Boot()
    {
        Misfortune();
        for (var i = 0; i < _size; i++)
        {
            var node = _cluster.Start();
            Watch(node);
            if (node > 0)
            {
                _cluster.Join(node, via: _random.Next(node));
            }

            _cluster.RunFor(TimeSpan.FromMilliseconds(_random.Next(800)));
        }
    }

    // Eight to twenty misdeeds, a few seconds apart.
    private void Misbehave()
    {
        for (var misdeeds = _random.Next(8, 21); misdeeds > 0; misdeeds--)
        {
            var node = _random.Next(_size);
            switch (_random.Next(12))
            {
                case 0 or 1:
                    Misfortune();
                    break;
                case 2 or 3:
                    Partition();
                    break;
                case 4:
                    Tell($"ways are open again");
                    _cluster.Network.Unblock();
                    break;
                case 5 or 6:
                    Pause(node);
                    break;
                case 7 or 8:
                    CrashOrRestart(node);
                    break;
                case 9 when _cluster.Running.Count() > 3 && Listens(node):
                    Tell($"n{node} leaves");
                    _invariants.Leavers.Add(SimulatedCluster.NameOf(node));
                    _cluster.Leave(node);
                    break;
                case 10 when Listens(node):
                    Tell($"n{node} has other metadata");
                    _cluster.UpdateMetadata(node, Encoding.UTF8.GetBytes(_cluster.Now.ToString()));
                    break;
                case 11 when Listens(node):
                    Tell($"n{node} floods its queue");
                    for (var i = 0; i < 20; i++)
                    {
                        _cluster.Broadcast(node, new byte[_random.Next(1, 1000)]);
                    }

                    break;
            }

            _cluster.RunFor(TimeSpan.FromMilliseconds(_random.Next(100, 6000)));
        }
    }

    private void Misfortune()
    {
        var network = _cluster.Network;
        network.Loss = _random.Next(3) == 0 ? 0 : _random.NextDouble() * 0.4;
        network.Duplication = _random.Next(2) == 0 ? 0 : _random.NextDouble() * 0.3;
        network.Delayed = _random.Next(2) == 0 ? 0 : _random.NextDouble() * 0.3;
        network.Delay = TimeSpan.FromMilliseconds(_random.Next(1, 1500));
        network.MaxLatency = network.MinLatency + TimeSpan.FromMilliseconds(_random.Next(1, 120));
        Tell($"loss {network.Loss:p0}, duplicates {network.Duplication:p0}, {network.Delayed:p0} late by {network.Delay}, latency up to {network.MaxLatency}");
    }

    private void Partition()
    {
        var all = Enumerable.Range(0, _size).ToArray();
        _random.Shuffle(all);
        var some = all[..(1 + _random.Next(_size - 1))];
        var others = all[some.Length..];
        _cluster.Network.Block(some, others);
        var both = _random.Next(2) == 0;
        if (both)
        {
            _cluster.Network.Block(others, some);
        }

        Tell($"nothing gets from {string.Join(' ', some)} to {string.Join(' ', others)}{(both ? ", nor back" : "")}");
    }

    private void Pause(int node)
    {
        if (_cluster.Node(node) is not { IsPaused: false } process)
        {
            return;
        }

        var time = TimeSpan.FromMilliseconds(_random.Next(100, 12_000));
        Tell($"n{node} stands still for {time}");
        process.Pause();
        _cluster.After(time, () =>
        {
            if (process.IsPaused && _cluster.Node(node) == process)
            {
                process.Resume();
            }
        });
    }

    private void CrashOrRestart(int node)
    {
        if (!_cluster.IsRunning(node))
        {
            Restart(node);
        }
        else if (_cluster.Running.Count() > 2)
        {
            Tell($"n{node} crashes");
            _cluster.Crash(node);
            if (_random.Next(3) == 0)
            {
                _cluster.After(TimeSpan.FromMilliseconds(_random.Next(1, 8000)), () =>
                {
                    if (!_cluster.IsRunning(node))
                    {
                        Restart(node);
                    }
                });
            }
        }
    }

    private void Restart(int node)
    {
        var elsewhere = _random.Next(3) == 0;
        Tell($"n{node} is started again{(elsewhere ? " at another port" : "")}");
        _cluster.Restart(node, elsewhere, Encoding.UTF8.GetBytes(_cluster.Now.ToString()));
        Watch(node);
        foreach (var via in Enumerable.Range(0, _size).Where(i => i != node && _cluster.IsRunning(i)))
        {
            _cluster.Join(node, via);
        }
    }

    private void Heal()
    {
        Tell($"everything is healed");
        _cluster.Network.Heal();
        foreach (var paused in _cluster.Running.Where(n => n.IsPaused).ToArray())
        {
            paused.Resume();
        }

        JoinIslands();

        var healed = _cluster.Now;
        AwaitAgreement(Bound());
        Convergence = _cluster.Now - healed;

        // What was under way may still disturb it: the last probes of the bad time, and the departures.
        _cluster.RunFor(_cluster.Options.ProbeInterval * (_cluster.Options.AwarenessMaxMultiplier + 2));
        AwaitAgreement(Bound());
    }

    // Where nobody has an address of anybody else, as those that everybody joined through are gone for good, somebody has to give one, as in life.
    private void JoinIslands()
    {
        var apart = _cluster.Running.ToList();
        var reached = new List<SimulatedNode> { apart[0] };
        apart.RemoveAt(0);
        while (apart.Count > 0)
        {
            for (var i = 0; i < reached.Count; i++)
            {
                var known = apart.FindAll(n => Knows(n, reached[i]) || Knows(reached[i], n));
                reached.AddRange(known);
                apart.RemoveAll(known.Contains);
            }

            if (apart.Count > 0)
            {
                Tell($"n{apart[0].Index} knows nobody of the others and joins through n{reached[0].Index}");
                _cluster.Join(apart[0].Index, reached[0].Index);
                reached.Add(apart[0]);
                apart.RemoveAt(0);
            }
        }

        static bool Knows(SimulatedNode one, SimulatedNode other) => one.Core.Contacts.Contains(other.Address);
    }

    private void StayQuiet()
    {
        Tell($"nothing may happen from now on");
        _invariants.Quiet = true;
        _cluster.RunFor(TimeSpan.FromSeconds(20));
        if (_invariants.Unconverged() is { } disagreement)
        {
            throw new InvariantViolationException($"Agreement was lost on a sound network: {disagreement}.");
        }
    }

    private void AwaitAgreement(TimeSpan bound)
    {
        for (var end = _cluster.Now + bound; _invariants.Unconverged() is { } disagreement; _cluster.RunFor(TimeSpan.FromMilliseconds(100)))
        {
            if (_cluster.Now >= end)
            {
                throw new InvariantViolationException($"No agreement {bound} after healing: {disagreement}.");
            }
        }
    }

    // The worst case of each step, one after the other: every member is probed once in two rounds, at the slowest rhythm; the
    // longest suspicion runs out; the dead are reaped, at the end of a round; all together make about three attempts to find a
    // lost member per interval, so that ten intervals without one are less likely than one in a million million.
    private TimeSpan Bound()
    {
        var options = _cluster.Options;
        var round = 2 * _size * options.ProbeInterval * options.AwarenessMaxMultiplier;
        var suspicion = options.SuspicionMultiplier * options.SuspicionMaxTimeoutMultiplier * options.ProbeInterval;
        return (2 * round) + suspicion + options.GossipToTheDeadTime + (10 * options.RejoinInterval) + (2 * options.PushPullInterval);
    }

    private bool Listens(int node) => _cluster.Node(node) is { IsPaused: false, Core.IsLeaving: false };

    private void Watch(int node)
    {
        if (node == _tampered)
        {
            _cluster.Node(node)!.Tamper = _tamper;
        }
    }

    private void Tell(FormattableString formattable)
    {
        var what = FormattableString.Invariant(formattable);
        _story.Add($"  {_cluster.Now}: {what}");
    }

    private string Dump() => string.Join('\n', _cluster.Running.Select(n => $"n{n.Index} {(n.IsPaused ? "(stands still) " : "")}{string.Join(", ", n.Core.Members)}"));
}
