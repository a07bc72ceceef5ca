using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ChittyChat.Membership.Core;

/// <summary>
/// The protocol as a state machine: packets, stream results, calls and the passing of time go in; packets and events come out.
/// No sockets, no tasks, no clock of its own, no logs. One caller at a time; every call tells the time, which must not go back.
/// </summary>
/// <remarks>Times are measured from any fixed moment, on a clock that does not jump with the calendar.</remarks>
internal sealed partial class MembershipCore
{
    /// <summary>User broadcasts in their order of precedence: what Serf calls intents, queries and events.</summary>
    public const int UserPriorities = 3;

    private readonly MembershipOptions _options;
    private readonly Random _random;
    private readonly ICoreOutput _output;
    private readonly MembershipHooks _hooks;
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Node>.AlternateLookup<ReadOnlySpan<char>> _nodesByChars;
    private readonly Timers _timers = new();
    private readonly BroadcastQueue _broadcasts;
    private readonly BroadcastQueue[] _userBroadcasts;
    private readonly byte[] _nameUtf8;
    private readonly Node _self;
    private TimeSpan _now;
    private TimeSpan _slept;
    private uint _sequence;
    private bool _leaving;
    private bool _introduced;

    /// <param name="options">Valid options.</param>
    /// <param name="self">This node as it announces itself, with its first incarnation.</param>
    /// <param name="random">The source of all choices.</param>
    /// <param name="output">What is told to act.</param>
    /// <param name="now">The time.</param>
    public MembershipCore(MembershipOptions options, Member self, Random random, ICoreOutput output, TimeSpan now)
    {
        _options = options;
        _random = random;
        _output = output;
        _hooks = options.Hooks ?? new NoHooks();
        _nodesByChars = _nodes.GetAlternateLookup<ReadOnlySpan<char>>();
        _now = now;
        _nameUtf8 = Encoding.UTF8.GetBytes(self.Name);
        // Others' late answers to an earlier process at this address must not fit our numbers.
        // Not just any number, as small ones are shorter on the wire.
        _sequence = (uint)random.Next(128);
        _broadcasts = new BroadcastQueue(int.MaxValue, Finish);
        _userBroadcasts = [.. Enumerable.Range(0, UserPriorities).Select(_ => new BroadcastQueue(options.UserBroadcastLimit, Finish))];
        _self = new Node(self, now);
        _nodes.Add(self.Name, _self);
        _ring.Add(_self);
        AddToArrivals(_self);
        _running = 1;
        _gossipPhase = now + Jitter(options.GossipInterval);
        Enqueue(_self.Member);
        StartTimers();
    }

    public Member Self => _self.Member;

    /// <summary>0 when healthy; Lifeguard's local health multiplier less one.</summary>
    public int HealthScore { get; private set; }

    /// <summary>How many members are in the table, whatever their state.</summary>
    public int KnownMembers => _nodes.Count;

    /// <summary>How many alive or suspect members there are, this node included.</summary>
    public int RunningMembers => _running;

    public int QueuedBroadcasts => _broadcasts.Count;

    /// <summary>How many answers to pings and relayed pings are awaited.</summary>
    public int AwaitedAnswers => _pending.Count;

    /// <summary>How many timers are set, also such as have become pointless.</summary>
    public int SetTimers => _timers.Count;

    public int QueuedUserBroadcasts
    {
        get
        {
            var count = 0;
            foreach (var queue in _userBroadcasts)
            {
                count += queue.Count;
            }

            return count;
        }
    }

    public bool IsLeaving => _leaving;

    public IEnumerable<Member> Members => _ring.Select(n => n.Member);

    public Member? Find(string name) => _nodes.TryGetValue(name, out var node) ? node.Member : null;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public TimeSpan NextDue
    {
        get
        {
            while (_timers.TryPeek(out var entry, out var due))
            {
                if (!IsStale(entry))
                {
                    return due + _slept;
                }

                _timers.RemoveFirst();
            }

            return TimeSpan.MaxValue;
        }
    }

    /// <summary>Does what has fallen due.</summary>
    public void Advance(TimeSpan now)
    {
        Set(now);
        while (_timers.TryPeek(out var entry, out var due) && due <= _now)
        {
            _timers.RemoveFirst();
            if (!IsStale(entry))
            {
                Fire(entry, due);
            }
        }
    }

    /// <summary>Gossips a message that its receivers pass on, as Serf's agents do.</summary>
    /// <param name="payload">What fits a datagram; longer ones would never be sent.</param>
    /// <param name="priority">0 goes first.</param>
    /// <param name="token">Completed when the message was sent as often as it is to be; null: nobody waits.</param>
    /// <param name="now">The time.</param>
    public void GossipUserMessage(ReadOnlySpan<byte> payload, int priority, object? token, TimeSpan now)
    {
        Set(now);
        _userBroadcasts[priority].Enqueue(new Broadcast(null, UserMessage(payload), token));
        ScheduleGossip();
        if (token is not null)
        {
            _timers.Set(_now + _options.BroadcastTimeout, new TimerEntry(TimerKind.AnnouncementEnd, 0, token));
        }
    }

    /// <summary>Everything worth knowing, for people.</summary>
    public string Dump(TimeSpan now)
    {
        Set(now);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Self}, health {HealthScore}, {(_leaving ? "leaving" : "running")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{_nodes.Count} known, {_running} running, {_lost.Count} lost, {_seeds.Count} join addresses");
        text.AppendLine(CultureInfo.InvariantCulture, $"queued: {_broadcasts.Count} about members, {QueuedUserBroadcasts} of the application, {QueuedBroadcastsToAll} broadcasts");
        text.AppendLine(CultureInfo.InvariantCulture, $"{_timers.Count} timers, {_pending.Count} awaited answers, stood still for {_slept}");
        foreach (var node in _ring.OrderBy(n => n.Member.Name, StringComparer.Ordinal))
        {
            var suspicion = node.Suspicion is { } s ? $", {s.Confirmations} confirmations, dead in {s.Due - _now}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{node.Member}, since {_now - node.StateChanged}{suspicion}");
        }

        return text.ToString();
    }

    private void StartTimers()
    {
        _timers.Set(_now + Jitter(_options.ProbeInterval), new TimerEntry(TimerKind.Probe));
        if (_options.PushPullInterval > TimeSpan.Zero)
        {
            _timers.Set(_now + Jitter(Formulas.PushPullInterval(_options.PushPullInterval, _nodes.Count)), new TimerEntry(TimerKind.PushPull));
        }

        if (_options.RejoinInterval > TimeSpan.Zero)
        {
            _timers.Set(_now + _options.RejoinInterval + Jitter(_options.RejoinInterval), new TimerEntry(TimerKind.Rejoin));
        }
    }

    private void Set(TimeSpan now)
    {
        NoticeSleep(now);
        Debug.Assert(now - _slept >= _now, "The time went back.");
        _now = now - _slept;
    }

    // A process that was stopped or starved finds all its timers overdue although the answers it waits for may long be in its
    // socket. So the time it did not live through does not count: its clock stands still, and it reads its input first.
    private void NoticeSleep(TimeSpan now)
    {
        var due = NextDue;
        var late = now - due;
        var grace = _options.ProbeTimeout / 4;
        if (due != TimeSpan.MaxValue && late > grace)
        {
            _slept = TimeSpan.FromTicks(Math.Min((_slept + late + grace).Ticks, (now - _now).Ticks));
            if (late >= _options.ProbeTimeout)
            {
                ChangeHealth(1);
                _output.WokeUp(late);
            }
        }
    }

    private bool IsStale(TimerEntry entry) => entry.Kind switch
    {
        TimerKind.ProbeTimeout or TimerKind.ProbeVerdict => _probe is null || _probe.SequenceNumber != entry.Number,
        TimerKind.RelayNack or TimerKind.RelayEnd or TimerKind.PingEnd => !_pending.ContainsKey(entry.Number),
        TimerKind.Suspicion => entry.Subject is Suspicion suspicion && (suspicion.Accused.Suspicion != suspicion || suspicion.Confirmations != entry.Number),
        _ => false,
    };

    private void Fire(TimerEntry entry, TimeSpan due)
    {
        switch (entry.Kind)
        {
            case TimerKind.Probe:
                ProbeTick(due);
                break;
            case TimerKind.ProbeTimeout:
                AskHelpers();
                break;
            case TimerKind.ProbeVerdict:
                EndProbe();
                break;
            case TimerKind.Gossip:
                GossipTick();
                break;
            case TimerKind.PushPull:
                PushPullTick();
                break;
            case TimerKind.Rejoin:
                RejoinTick();
                break;
            case TimerKind.Suspicion:
                SuspicionTimedOut(((Suspicion)entry.Subject!).Accused);
                break;
            case TimerKind.RelayNack:
                SendNack(entry.Number);
                break;
            case TimerKind.RelayEnd:
                _pending.Remove(entry.Number);
                break;
            case TimerKind.PingEnd:
                EndPing(entry.Number);
                break;
            case TimerKind.AnnouncementEnd:
                _output.Complete(entry.Subject!);
                break;
        }
    }

    private void Finish(Broadcast broadcast)
    {
        if (broadcast.Token is not null)
        {
            _output.Complete(broadcast.Token);
        }
    }

    private void ChangeHealth(int delta) => HealthScore = Math.Clamp(HealthScore + delta, 0, _options.AwarenessMaxMultiplier - 1);

    private TimeSpan Jitter(TimeSpan interval) => interval * _random.NextDouble();

    private sealed class NoHooks : MembershipHooks;
}
