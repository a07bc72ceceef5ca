using System.Net;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>A core in virtual time, with everything it did.</summary>
internal sealed class CoreFixture : ICoreOutput
{
    public static readonly IPEndPoint SelfAddress = new(IPAddress.Loopback, 7000);
    private readonly MembershipOptions _options;

    public CoreFixture(Action<MembershipOptions>? configure = null)
    {
        _options = MembershipOptions.Lan();
        _options.Name = "self";
        _options.PushPullInterval = TimeSpan.Zero;
        _options.RejoinInterval = TimeSpan.Zero;
        configure?.Invoke(_options);
        Assert.Empty(_options.Validate());
        var self = new Member("self", SelfAddress, _options.Metadata, MemberState.Alive, new Incarnation(1), _options.Versions);
        Core = new MembershipCore(_options, self, new Random(1), this, TimeSpan.Zero);
    }

    public MembershipCore Core { get; }

    public TimeSpan Now { get; private set; }

    public List<MemberEvent> Events { get; } = [];

    public List<(IPEndPoint To, byte[] Packet, bool Checksum)> Sent { get; } = [];

    public List<byte[]> UserMessages { get; } = [];

    public List<DropReason> Drops { get; } = [];

    public List<object> Completed { get; } = [];

    public List<(object Token, TimeSpan? RoundTrip)> Pings { get; } = [];

    public List<(uint Probe, Member Target)> StreamPings { get; } = [];

    public List<(IPEndPoint Address, string? Name, bool Join)> Exchanges { get; } = [];

    public List<Member> Blocked { get; } = [];

    public List<TimeSpan> Sleeps { get; } = [];

    public List<Degradation> Degradations { get; } = [];

    /// <summary>How many rounds of gossip there were.</summary>
    public int Rounds { get; private set; }

    public int PacketOverhead { get; set; }

    public static IPEndPoint AddressOf(int port) => new(IPAddress.Loopback, port);

    /// <summary>Lets the time pass, firing what falls due on the way.</summary>
    public void Pass(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (Core.NextDue <= end)
        {
            Now = Core.NextDue > Now ? Core.NextDue : Now;
            Core.Advance(Now);
        }

        Now = end;
        Core.Advance(Now);
    }

    /// <summary>Lets the time pass without the core being called.</summary>
    public void Sleep(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    public void Receive(byte[] packet, int fromPort = 9999) => Core.ReceivePacket(packet, AddressOf(fromPort), Now);

    public void Receive(Action<ByteWriter> write, int fromPort = 9999)
    {
        var writer = new ByteWriter();
        write(writer);
        Receive(writer.ToArray(), fromPort);
    }

    public void Alive(string name, uint incarnation, int port = 7001, string metadata = "", ProtocolVersions? versions = null) => Receive(w => w.WriteAlive(
        new Member(name, AddressOf(port), System.Text.Encoding.UTF8.GetBytes(metadata), MemberState.Alive, new Incarnation(incarnation), versions ?? ProtocolVersions.Serf)));

    public void Suspect(string name, uint incarnation, string from = "accuser") =>
        Receive(w => w.WriteAccusation(MessageType.Suspect, new Incarnation(incarnation), name, from));

    public void Dead(string name, uint incarnation, string from = "accuser") =>
        Receive(w => w.WriteAccusation(MessageType.Dead, new Incarnation(incarnation), name, from));

    /// <summary>The messages in all packets sent so far, taken out of their compounds.</summary>
    public IEnumerable<(IPEndPoint To, MessageType Type, byte[] Body)> SentMessages() =>
        Sent.SelectMany(s => Parts(s.Packet).Select(p => (s.To, (MessageType)p[0], p[1..])));

    /// <summary>What would be gossiped, or was, as "type name incarnation".</summary>
    public string[] TakeGossip()
    {
        Sent.Clear();
        Pass(_options.GossipInterval.TotalSeconds);
        return [.. SentMessages().Where(m => m.Type is MessageType.Alive or MessageType.Suspect or MessageType.Dead).Select(m => Describe(m.Type, m.Body)).Distinct().Order()];
    }

    public static string Describe(MessageType type, byte[] body)
    {
        var reader = new MsgPackReader(body);
        if (type == MessageType.Alive)
        {
            Assert.True(AliveMessage.TryRead(ref reader, out var alive));
            return $"alive {System.Text.Encoding.UTF8.GetString(alive.Node)} {alive.Incarnation}";
        }

        Assert.True(AccusationMessage.TryRead(ref reader, out var accusation));
        return $"{(type == MessageType.Dead ? "dead" : "suspect")} {System.Text.Encoding.UTF8.GetString(accusation.Node)} {accusation.Incarnation}";
    }

    public bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        Assert.InRange(packet.Length + PacketOverhead + (checksum ? PacketCodec.Checksum : 0), 1, _options.DatagramSize);
        Sent.Add((destination, packet.ToArray(), checksum));
        return true;
    }

    public void PingStream(uint probe, Member target, TimeSpan timeout) => StreamPings.Add((probe, target));

    public void ExchangeState(IPEndPoint address, string? name, bool join) => Exchanges.Add((address, name, join));

    public void MemberChanged(string name, Member? current)
    {
    }

    public void Raise(MemberEvent change) => Events.Add(change);

    public void DeliverUserMessage(ReadOnlySpan<byte> payload) => UserMessages.Add(payload.ToArray());

    public void Complete(object token) => Completed.Add(token);

    public void CompletePing(object token, TimeSpan? roundTrip) => Pings.Add((token, roundTrip));

    public void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
    }

    public void DatagramsBlocked(Member member) => Blocked.Add(member);

    public void Dropped(DropReason reason) => Drops.Add(reason);

    public void Received(MessageType type)
    {
    }

    public void Refused(string name, string reason)
    {
    }

    public void GossipBegins()
    {
    }

    public void GossipEnds() => Rounds++;

    public void Degraded(Degradation what) => Degradations.Add(what);

    public void WokeUp(TimeSpan late) => Sleeps.Add(late);

    private static List<byte[]> Parts(byte[] packet)
    {
        if (packet[0] != (byte)MessageType.Compound)
        {
            return [packet];
        }

        var parts = new List<byte[]>();
        var at = 2 + (2 * packet[1]);
        for (var i = 0; i < packet[1]; i++)
        {
            var length = (packet[2 + (2 * i)] << 8) | packet[3 + (2 * i)];
            parts.Add(packet[at..(at + length)]);
            at += length;
        }

        Assert.Equal(packet.Length, at);
        return parts;
    }
}
