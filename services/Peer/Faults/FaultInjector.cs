using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using ChittyChat.Membership;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Faults;

/// <summary>
/// The faults that were asked for between this peer and others, and what they do to each datagram, stream and message. Safe to use from any thread.
/// </summary>
/// <remarks>
/// Faults are kept by the member's name, so they also hit a member that comes back, at whatever address. The seed decides what is lost and how long
/// things take.
/// </remarks>
internal sealed class FaultInjector : IDisposable
{
    /// <summary>Stands for all members, also those that nobody knows yet.</summary>
    public const string Everybody = "*";

    // What a lost piece of a reliable stream costs: the first retransmission of TCP comes after 200 ms, and each further one takes twice as long.
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(200);
    private const int MostRetransmissions = 6;

    // So many former addresses of members with faults are remembered.
    private const int AddressLimit = 4_096;

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly ILogger<FaultInjector> _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _injected;
    private readonly ConcurrentDictionary<IPEndPoint, string> _addresses = [];
    private ImmutableSortedDictionary<string, LinkFaults> _faults = ImmutableSortedDictionary.Create<string, LinkFaults>(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FaultInjector(Random random, IMeterFactory meters, ILogger<FaultInjector> logger)
    {
        _random = new Random(random.Next());
        _logger = logger;
        _meter = meters.Create(ChatTelemetry.SourceName);
        _injected = _meter.CreateCounter<long>("chittychat.faults.injected", "{fault}", "What injected faults have cut, delayed or lost.");
        _meter.CreateObservableUpDownCounter("chittychat.faults.active", () => Current.Count, "{member}", "Members to which the network is faulty on purpose.");
    }

    /// <summary>Gives the members of the gossip, by which addresses are resolved; set when the gossip is open.</summary>
    public Func<ImmutableArray<Member>> Members { get; set; } = () => [];

    /// <summary>The faults in force, by member, or <see cref="Everybody"/>.</summary>
    public ImmutableSortedDictionary<string, LinkFaults> Current => Volatile.Read(ref _faults);

    /// <summary>Cuts the network to a member, in the directions given.</summary>
    public void Cut(string member, FaultDirections directions) => Change(member, faults => faults with { Cut = directions });

    /// <summary>Makes everything to and from a member take longer, each way.</summary>
    public void Delay(string member, TimeSpan delay, TimeSpan jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jitter, delay);
        Change(member, faults => faults with { Delay = delay, Jitter = jitter });
    }

    /// <summary>Loses a part, 0 to 1, of everything to and from a member.</summary>
    public void Lose(string member, double loss)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(loss);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(loss, 1);
        Change(member, faults => faults with { Loss = loss });
    }

    /// <summary>Ends the faults of one member, or the general ones; false when there were none.</summary>
    public bool Heal(string member)
    {
        lock (_gate)
        {
            if (!_faults.ContainsKey(member))
            {
                return false;
            }

            Publish(_faults.Remove(member));
        }

        _logger.FaultsHealed(member);
        return true;
    }

    /// <summary>Ends all faults; gives how many members had some.</summary>
    public int HealAll()
    {
        int count;
        lock (_gate)
        {
            count = _faults.Count;
            Publish(_faults.Clear());
            _addresses.Clear();
        }

        if (count > 0)
        {
            _logger.FaultsHealed("everybody");
        }

        return count;
    }

    /// <summary>What is wrong between this peer and a member; null stands for one that is not known.</summary>
    public LinkFaults Of(string? member)
    {
        var faults = Current;
        if (faults.IsEmpty)
        {
            return LinkFaults.None;
        }

        var general = faults.GetValueOrDefault(Everybody, LinkFaults.None);
        return member is not null && faults.TryGetValue(member, out var own) ? own.Over(general) : general;
    }

    /// <summary>Whether nothing passes to or from a member, in any of these directions.</summary>
    public bool IsCut(string member, FaultDirections directions) => (Of(member).Cut & directions) != FaultDirections.None;

    /// <summary>What becomes of a datagram: null when it is lost, else how much longer it takes.</summary>
    public TimeSpan? Judge(IPEndPoint remote, FaultDirections direction)
    {
        if (Current.IsEmpty)
        {
            return TimeSpan.Zero;
        }

        var faults = Of(NameOf(remote));
        if ((faults.Cut & direction) != FaultDirections.None)
        {
            Count("cut", "datagram");
            return null;
        }

        if (faults.Loss > 0 && Draw() < faults.Loss)
        {
            Count("loss", "datagram");
            return null;
        }

        return Lateness(faults, "datagram");
    }

    /// <summary>How much longer a piece of a reliable stream takes to or from a member: what is lost is sent again, later.</summary>
    public TimeSpan Lateness(string? member)
    {
        var faults = Of(member);
        var late = Lateness(faults, "stream");
        for (var lost = 0; faults.Loss > 0 && lost < MostRetransmissions && Draw() < faults.Loss; lost++)
        {
            Count("loss", "stream");
            late += Retransmission * (1 << lost);
        }

        return late;
    }

    /// <summary>Waits until the network to a member is not cut in any of these directions.</summary>
    public ValueTask WhileCutAsync(string member, FaultDirections directions, CancellationToken cancellationToken) =>
        IsCut(member, directions) ? new ValueTask(UntilHealedAsync(member, directions, cancellationToken)) : ValueTask.CompletedTask;

    /// <summary>The member that listens at an address; null when nobody is known there.</summary>
    public string? NameOf(IPEndPoint address)
    {
        foreach (var member in Members())
        {
            if (member.Address.Equals(address))
            {
                if (Current.ContainsKey(member.Name) && _addresses.Count < AddressLimit)
                {
                    _addresses[address] = member.Name;
                }

                return member.Name;
            }
        }

        // Membership forgets the dead after a while; their datagrams go on coming.
        return _addresses.GetValueOrDefault(address);
    }

    /// <summary>Counts something that a fault was the end of.</summary>
    public void Count(string fault, string medium) =>
        _injected.Add(1, new KeyValuePair<string, object?>("fault", fault), new KeyValuePair<string, object?>("medium", medium));

    public void Dispose() => _meter.Dispose();

    private async Task UntilHealedAsync(string member, FaultDirections directions, CancellationToken cancellationToken)
    {
        Count("cut", "stream");
        while (true)
        {
            // Taken before the question, so that a change after it is not missed.
            var changed = Volatile.Read(ref _changed).Task;
            if (!IsCut(member, directions))
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private TimeSpan Lateness(LinkFaults faults, string medium)
    {
        if (faults.Delay <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        Count("delay", medium);
        return faults.Delay + (faults.Jitter * ((2 * Draw()) - 1));
    }

    private double Draw()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }

    private void Change(string member, Func<LinkFaults, LinkFaults> change)
    {
        LinkFaults after;
        lock (_gate)
        {
            after = change(_faults.GetValueOrDefault(member, LinkFaults.None));
            Publish(after == LinkFaults.None ? _faults.Remove(member) : _faults.SetItem(member, after));
        }

        foreach (var known in Members())
        {
            if (known.Name == member)
            {
                _addresses[known.Address] = member;
            }
        }

        _logger.FaultsChanged(member == Everybody ? "everybody" : member, after.ToString());
    }

    // Under the gate.
    private void Publish(ImmutableSortedDictionary<string, LinkFaults> faults)
    {
        Volatile.Write(ref _faults, faults);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
