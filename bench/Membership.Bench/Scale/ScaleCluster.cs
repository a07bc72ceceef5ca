using System.Buffers;
using System.Net;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Bench.Scale;

/// <summary>What one kind of news took to spread: the times at which each member heard it.</summary>
internal sealed class Spread(TimeSpan began)
{
    public TimeSpan Began => began;

    public List<TimeSpan> Heard { get; } = [];
}

/// <summary>
/// Many cores of the library in one thread and in virtual time, on a network that loses nothing and takes half a millisecond to a millisecond and a half
/// for each packet. Streams take three times as long to open.
/// </summary>
internal sealed class ScaleCluster
{
    private const int FirstPort = 10_000;
    private readonly MembershipOptions _options = MembershipOptions.Lan();
    private readonly PriorityQueue<Happening, long> _queue = new();
    private readonly List<ScaleMember> _members = [];
    private readonly Dictionary<(string Subject, MemberEventKind Kind), Spread> _spreads = [];
    private readonly Random _random;

    /// <summary>A cluster that has been together for long.</summary>
    public ScaleCluster(int members, int seed)
    {
        _random = new Random(seed);
        var snapshots = Enumerable.Range(0, members).Select(Describe).ToArray();
        foreach (var self in snapshots)
        {
            var member = new ScaleMember(this, _members.Count, self);
            member.Core = new MembershipCore(_options, self, new Random(_random.Next()), member, Now);
            member.Core.Preload(snapshots);
            _members.Add(member);
            Schedule(member);
        }
    }

    public TimeSpan Now { get; private set; }

    public IReadOnlyList<ScaleMember> Members => _members;

    public long Datagrams { get; private set; }

    public long DatagramBytes { get; private set; }

    public long Exchanges { get; private set; }

    public long StreamBytes { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Lets the time pass.</summary>
    public void Run(TimeSpan duration)
    {
        var end = Now + duration;
        while (_queue.TryPeek(out var happening, out var due) && due <= end.Ticks)
        {
            _queue.Dequeue();
            Now = TimeSpan.FromTicks(due);
            Steps++;
            Happen(happening);
        }

        Now = end;
    }

    /// <summary>A new member joins through a random one; gives how the news of it spreads.</summary>
    public Spread Join()
    {
        var self = Describe(_members.Count);
        var member = new ScaleMember(this, _members.Count, self);
        member.Core = new MembershipCore(_options, self, new Random(_random.Next()), member, Now);
        _members.Add(member);
        var spread = Follow(self.Name, MemberEventKind.Joined);
        At(TimeSpan.Zero, new Happening(HappeningKind.Exchange, member, _members[_random.Next(_members.Count - 1)], null, 0, true));
        Schedule(member);
        return spread;
    }

    /// <summary>A random member dies; gives how the news of it spreads.</summary>
    public Spread Crash()
    {
        var victim = _members.Where(m => m.IsUp).ElementAt(_random.Next(_members.Count(m => m.IsUp)));
        victim.IsUp = false;
        return Follow(victim.Core.Self.Name, MemberEventKind.Failed);
    }

    /// <summary>How many bytes a full exchange has in one direction, plain and compressed.</summary>
    public (int Plain, int Compressed) ExchangeSize()
    {
        var state = _members[0].Core.WriteState(join: false, null, Now);
        var compressed = new ByteWriter(state.Length);
        Lzw.Compress(state, compressed);
        return (state.Length, compressed.Length);
    }

    internal void Send(ScaleMember from, ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        Datagrams++;
        DatagramBytes += packet.Length + (checksum ? 5 : 0);
        var to = MemberAt(destination);
        if (to.IsUp)
        {
            var copy = ArrayPool<byte>.Shared.Rent(packet.Length);
            packet.CopyTo(copy);
            At(Latency(), new Happening(HappeningKind.Packet, to, from, copy, packet.Length, false));
        }
    }

    internal void Exchange(ScaleMember from, IPEndPoint to, bool join) =>
        At(TimeSpan.Zero, new Happening(HappeningKind.Exchange, from, MemberAt(to), null, 0, join));

    internal void PingStream(ScaleMember from, uint probe, IPEndPoint target)
    {
        var to = MemberAt(target);
        if (to.IsUp)
        {
            At(4 * Latency(), new Happening(HappeningKind.StreamPong, from, to, null, (int)probe, false));
        }
    }

    internal void Told(MemberEvent change)
    {
        if (_spreads.TryGetValue((change.Member.Name, change.Kind), out var spread))
        {
            spread.Heard.Add(Now);
        }
    }

    private Spread Follow(string subject, MemberEventKind kind) => _spreads[(subject, kind)] = new Spread(Now);

    private static Member Describe(int index) => new(
        $"member-{index:00000}", new IPEndPoint(IPAddress.Loopback, FirstPort + index), ReadOnlyMemory<byte>.Empty, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);

    private ScaleMember MemberAt(IPEndPoint address) => _members[address.Port - FirstPort];

    private TimeSpan Latency() => TimeSpan.FromMicroseconds(500 + _random.Next(1000));

    private void At(TimeSpan delay, Happening happening) => _queue.Enqueue(happening, (Now + delay).Ticks);

    private void Schedule(ScaleMember member)
    {
        var due = member.Core.NextDue;
        if (due < member.WakesAt && due != TimeSpan.MaxValue)
        {
            member.WakesAt = due;
            _queue.Enqueue(new Happening(HappeningKind.Wake, member, null, null, 0, false), due.Ticks);
        }
    }

    private void Happen(in Happening happening)
    {
        var to = happening.To;
        if (to.IsUp)
        {
            switch (happening.Kind)
            {
                case HappeningKind.Wake:
                    if (to.WakesAt != Now)
                    {
                        return;
                    }

                    to.WakesAt = TimeSpan.MaxValue;
                    break;
                case HappeningKind.Packet:
                    to.Core.ReceivePacket(happening.Bytes.AsSpan(0, happening.Number), happening.From!.Core.Self.Address, Now);
                    break;
                case HappeningKind.StreamPong:
                    to.Core.StreamPingAnswered((uint)happening.Number, Now);
                    break;
                case HappeningKind.Exchange:
                    At(3 * Latency(), new Happening(HappeningKind.Request, happening.From!, to, StateOf(to, happening.Join), 0, happening.Join));
                    break;
                case HappeningKind.Request:
                    At(Latency(), new Happening(HappeningKind.Answer, happening.From!, to, StateOf(to, happening.Join), 0, happening.Join));
                    to.Core.MergeState(Parse(happening.Bytes!), isAnswer: false, Now);
                    break;
                case HappeningKind.Answer:
                    to.Core.MergeState(Parse(happening.Bytes!), isAnswer: true, Now);
                    break;
            }

            if (to.Core.NextDue <= Now)
            {
                to.Core.Advance(Now);
            }

            Schedule(to);
        }

        if (happening.Kind == HappeningKind.Packet)
        {
            ArrayPool<byte>.Shared.Return(happening.Bytes!);
        }
    }

    private byte[] StateOf(ScaleMember member, bool join)
    {
        var state = member.Core.WriteState(join, null, Now);
        Exchanges++;
        StreamBytes += state.Length;
        return state;
    }

    private static StreamMessage Parse(byte[] state) => new(MessageType.PushPull, state.AsMemory(1), default);

    private enum HappeningKind
    {
        Wake,
        Packet,
        StreamPong,
        Exchange,
        Request,
        Answer,
    }

    private readonly record struct Happening(HappeningKind Kind, ScaleMember To, ScaleMember? From, byte[]? Bytes, int Number, bool Join);
}
