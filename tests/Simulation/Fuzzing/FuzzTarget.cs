using System.Net;
using ChittyChat.Membership;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation.Fuzzing;

/// <summary>A node that takes in whatever it is given, as the real shell would hand it to codec and core, and counts what it does.</summary>
internal sealed class FuzzTarget : ICoreOutput
{
    private const int MaxMembers = 64;
    private static readonly IPEndPoint Stranger = new(IPAddress.Loopback, 9999);

    private readonly PacketCodec _packets;
    private readonly StreamCodec _streams;

    public FuzzTarget(Random random, bool encrypted)
    {
        Options = MembershipOptions.Lan();
        Options.Name = MessageCorpus.Target;
        Options.MaxMembers = MaxMembers;
        Options.UserBroadcastLimit = 64;
        Options.Compression = false;
        Options.SecretKeys = encrypted ? [new byte[32]] : [];
        Keyring = new Keyring(Options.SecretKeys);
        _packets = new PacketCodec(Options, Keyring);
        _streams = new StreamCodec(Options, Keyring);
        var self = new Member(Options.Name, new IPEndPoint(IPAddress.Loopback, 7000), default, MemberState.Alive, new Incarnation(1), Options.Versions);
        Core = new MembershipCore(Options, self, random, this, TimeSpan.Zero);
        foreach (var name in new[] { "source", "suspect", "accuser" })
        {
            Core.ReceivePacket(Alive(name), Stranger, Now);
        }
    }

    public MembershipOptions Options { get; }

    public Keyring Keyring { get; }

    public MembershipCore Core { get; }

    public TimeSpan Now { get; private set; }

    /// <summary>Calls of the core that have an effect: datagrams, events, changes of the table, user messages.</summary>
    public long Effects { get; private set; }

    public Dictionary<DropReason, long> Drops { get; } = [];

    public int PacketOverhead => _packets.Overhead;

    /// <summary>Wraps plain bytes as a member with the same keys would.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, bool checksum) => _packets.Seal(plain, checksum).ToArray();

    public byte[] SealStream(ReadOnlySpan<byte> plain) => _streams.Seal(plain, dialled: true).ToArray();

    public void TakeDatagram(ReadOnlySpan<byte> datagram)
    {
        var reason = _packets.Open(datagram, out var packet);
        if (reason == DropReason.None)
        {
            Core.ReceivePacket(packet, Stranger, Now);
        }
        else
        {
            Dropped(reason);
        }
    }

    /// <summary>Takes what somebody sends on a stream, up to its end.</summary>
    public void TakeStream(byte[] bytes)
    {
        StreamMessage message;
        try
        {
            var reading = new StreamMessageReader(new MemoryStream(bytes, writable: false), _streams).ReadAsync(accepted: true, CancellationToken.None);
#pragma warning disable VSTHRD002 // Everything is there to be read, so the task is complete.
            message = reading.IsCompleted ? reading.GetAwaiter().GetResult() : throw new InvalidOperationException("A read from memory waits.");
#pragma warning restore VSTHRD002
        }
        catch (StreamProtocolException refused)
        {
            Dropped(refused.Reason);
            return;
        }
        catch (EndOfStreamException)
        {
            Dropped(DropReason.Truncated);
            return;
        }

        if (message.Type == MessageType.PushPull)
        {
            Core.MergeState(message, isAnswer: false, Now);
        }
        else if (message.Type == MessageType.User)
        {
            DeliverUserMessage(message.Tail.Span);
        }
    }

    public void Pass(TimeSpan time)
    {
        var end = Now + time;
        while (Core.NextDue <= end)
        {
            Now = Core.NextDue > Now ? Core.NextDue : Now;
            Core.Advance(Now);
        }

        Now = end;
        Core.Advance(Now);
    }

    /// <summary>What must hold whatever was received; null if it does.</summary>
    public string? Violation()
    {
        if (Core.KnownMembers > MaxMembers)
        {
            return $"{Core.KnownMembers} members are in a table for {MaxMembers}";
        }

        if (Core.Find(Options.Name) is not { IsRunning: true } self || self.Name != Options.Name || self.Address.Port != 7000)
        {
            return "the node lost itself";
        }

        // One message about each name, of which some may have been reaped since.
        return Core.QueuedBroadcasts > 10 * MaxMembers || Core.QueuedUserBroadcasts > 3 * 64 || Core.AwaitedAnswers > 5000 || Core.SetTimers > 20_000
            ? $"queues grow: {Core.QueuedBroadcasts} broadcasts, {Core.QueuedUserBroadcasts} user broadcasts, {Core.AwaitedAnswers} awaited answers, {Core.SetTimers} timers"
            : null;
    }

    public bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        Effects++;
        return true;
    }

    public void PingStream(uint probe, Member target, TimeSpan timeout) => Effects++;

    public void ExchangeState(IPEndPoint address, string? name, bool join) => Effects++;

    public void MemberChanged(string name, Member? current) => Effects++;

    public void Raise(MemberEvent change) => Effects++;

    public void DeliverUserMessage(ReadOnlySpan<byte> payload) => Effects++;

    public void Complete(object token) => Effects++;

    public void CompletePing(object token, TimeSpan? roundTrip) => Effects++;

    public void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload) => Effects++;

    public void DatagramsBlocked(Member member)
    {
    }

    public void Dropped(DropReason reason) => Drops[reason] = Drops.GetValueOrDefault(reason) + 1;

    public void Received(MessageType type)
    {
    }

    public void Refused(string name, string reason)
    {
    }

    public void GossipBegins()
    {
    }

    public void GossipEnds()
    {
    }

    public void Degraded(Degradation what)
    {
    }

    public void WokeUp(TimeSpan late)
    {
    }

    private static byte[] Alive(string name)
    {
        var writer = new ByteWriter();
        writer.WriteAlive(new Member(name, new IPEndPoint(IPAddress.Loopback, 7001), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf));
        return writer.ToArray();
    }
}
