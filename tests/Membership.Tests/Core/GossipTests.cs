using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

public sealed class GossipTests
{
    [Theory]
    [InlineData(3, 4)]
    [InlineData(9, 4)]
    [InlineData(10, 8)]
    [InlineData(40, 8)]
    public void A_message_is_sent_as_often_as_the_formula_says(int members, int times)
    {
        var fixture = Cluster(members);

        fixture.Alive("other0", 2, 7100);
        fixture.Pass(20);

        Assert.Equal(times, fixture.SentMessages().Count(m => m.Type == MessageType.Alive && CoreFixture.Describe(m.Type, m.Body) == "alive other0 2"));
        Assert.Equal(0, fixture.Core.QueuedBroadcasts);
    }

    [Fact]
    public void A_later_message_about_a_member_takes_the_place_of_the_earlier_ones()
    {
        var fixture = Cluster(8);

        fixture.Suspect("other0", 1, "other1");
        fixture.Dead("other0", 1, "other1");
        fixture.Alive("other0", 2, 7100);

        Assert.Equal(1, fixture.Core.QueuedBroadcasts);
        Assert.Equal(["alive other0 2"], fixture.TakeGossip());
    }

    [Fact]
    public void No_datagram_is_larger_than_allowed_and_no_compound_has_more_than_127_parts()
    {
        var fixture = Cluster(100, o => o.DatagramSize = 65_000);
        for (var i = 0; i < 99; i++)
        {
            fixture.Alive($"other{i}", 2, 7100 + i);
        }

        for (var i = 0; i < 300; i++)
        {
            fixture.Core.GossipUserMessage([1, 2, 3], i % MembershipCore.UserPriorities, null, fixture.Now);
        }

        fixture.Sent.Clear();
        fixture.Pass(20);

        var compounds = fixture.Sent.Where(s => s.Packet[0] == (byte)MessageType.Compound).ToArray();
        // One place is kept for the direct message that gossip can ride along with.
        Assert.Equal(126, compounds.Max(s => s.Packet[1]));
        Assert.All(fixture.Sent, s => Assert.InRange(s.Packet.Length, 1, 65_000));
    }

    [Fact]
    public void User_messages_get_their_share_while_membership_churns()
    {
        var fixture = Cluster(200);
        for (var i = 0; i < 199; i++)
        {
            fixture.Receive(w => w.WriteAlive(new Member(
                $"other{i}", CoreFixture.AddressOf(7100 + i), new byte[200], MemberState.Alive, new Incarnation(2), ProtocolVersions.Serf)));
        }

        fixture.Core.GossipUserMessage(new byte[150], 2, null, fixture.Now);
        fixture.Sent.Clear();
        fixture.Pass(0.2);

        Assert.True(fixture.Core.QueuedBroadcasts > 150);
        Assert.Contains(fixture.SentMessages(), m => m.Type == MessageType.User);
        Assert.Contains(fixture.SentMessages(), m => m.Type == MessageType.Alive);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_member_with_too_few_version_numbers_is_dropped_and_never_passed_on(int count)
    {
        var fixture = Cluster(3);
        fixture.Receive(w => WriteAlive(w, new byte[] { 1, 5, 2, 2, 5, 5 }.AsSpan(0, count)));

        Assert.Null(fixture.Core.Find("x"));
        Assert.Equal([DropReason.IncompatibleVersion], fixture.Drops);
        Assert.Empty(fixture.TakeGossip());
    }

    [Theory]
    [InlineData("010502000000", false)]
    [InlineData("000502020505", false)]
    [InlineData("050102020505", false)]
    [InlineData("010502020505", true)]
    [InlineData("0105020205050909", true)]
    public void A_member_whose_versions_do_not_fit_is_dropped_and_never_passed_on(string versions, bool accepted)
    {
        var fixture = Cluster(3);
        fixture.Receive(w => WriteAlive(w, Convert.FromHexString(versions)));

        Assert.Equal(accepted, fixture.Core.Find("x") is not null);
        Assert.Equal(accepted ? ["alive x 1"] : [], fixture.TakeGossip());
    }

    [Fact]
    public void The_dead_get_gossip_for_a_while_and_are_then_forgotten_and_the_departed_get_none()
    {
        var fixture = new CoreFixture(o => o.GossipToTheDeadTime = TimeSpan.FromSeconds(5));
        fixture.Alive("gone", 1, 7201);
        fixture.Alive("dead", 1, 7202);
        fixture.Dead("gone", 1, "gone");
        fixture.Dead("dead", 1);
        fixture.Sent.Clear();

        fixture.Pass(4);
        Assert.Contains(fixture.Sent, s => s.To.Port == 7202);
        Assert.DoesNotContain(fixture.Sent, s => s.To.Port == 7201);
        Assert.NotNull(fixture.Core.Find("dead"));

        fixture.Pass(10);
        Assert.Null(fixture.Core.Find("dead"));
        Assert.Null(fixture.Core.Find("gone"));
        Assert.Equal(["dead", "gone"], fixture.Events.Where(e => e.Kind == MemberEventKind.Reaped).Select(e => e.Member.Name).Order());
    }

    [Fact]
    public void Addresses_are_passed_on_in_the_form_in_which_they_came()
    {
        var fixture = Cluster(3);
        byte[] mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];
        fixture.Receive(w => w.WriteAlive(new Member("x", CoreFixture.AddressOf(7001), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf) { AddressBytes = mapped }));

        fixture.Sent.Clear();
        fixture.Pass(1);

        var alive = fixture.SentMessages().First(m => m.Type == MessageType.Alive && CoreFixture.Describe(m.Type, m.Body) == "alive x 1");
        var reader = new MsgPackReader(alive.Body);
        Assert.True(AliveMessage.TryRead(ref reader, out var message));
        Assert.Equal(mapped, message.Address.ToArray());
        Assert.Equal(System.Net.IPAddress.Loopback, fixture.Core.Find("x")!.Address.Address);
    }

    // All members known and nothing to gossip about; nobody is probed.
    private static CoreFixture Cluster(int members, Action<MembershipOptions>? configure = null)
    {
        var fixture = new CoreFixture(o =>
        {
            o.ProbeInterval = TimeSpan.FromHours(1);
            configure?.Invoke(o);
        });
        fixture.Core.Preload([.. Enumerable.Range(0, members - 1).Select(i => new Member(
            $"other{i}", CoreFixture.AddressOf(7100 + i), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf))]);
        fixture.Sent.Clear();
        fixture.Events.Clear();
        return fixture;
    }

    private static void WriteAlive(ByteWriter writer, ReadOnlySpan<byte> versions)
    {
        writer.WriteByte((byte)MessageType.Alive);
        writer.WriteMapHeader(5);
        writer.WriteString("Addr");
        writer.WriteRaw([127, 0, 0, 1]);
        writer.WriteString("Incarnation");
        writer.WriteUInt(1);
        writer.WriteString("Node");
        writer.WriteString("x");
        writer.WriteString("Port");
        writer.WriteUInt(7001);
        writer.WriteString("Vsn");
        writer.WriteRawOrNil(versions);
    }

    [Fact]
    public void News_that_does_not_fit_beside_the_share_of_the_application_gets_its_turn_too()
    {
        var fixture = new CoreFixture(o => (o.DatagramSize, o.UserBroadcastShare) = (1010, 0.9));
        fixture.Alive("other", 1, 7002);
        fixture.Pass(5);
        for (var i = 0; i < 100; i++)
        {
            fixture.Core.GossipUserMessage(new byte[400], 0, null, fixture.Now);
        }

        fixture.Alive("long", 1, 7003, new string('m', 512));

        Assert.Contains("alive long 1", fixture.TakeGossip());
    }

    [Fact]
    public void A_payload_that_does_not_fit_an_acknowledgement_is_left_out_and_counted()
    {
        var hooks = new LongPayload();
        var fixture = new CoreFixture(o => o.Hooks = hooks);

        fixture.Receive(w => w.WritePing(7, "self", fixture.Core.Self with { Address = CoreFixture.AddressOf(7002) }));
        hooks.Length = 1376;
        fixture.Receive(w => w.WritePing(8, "self", fixture.Core.Self with { Address = CoreFixture.AddressOf(7002) }));

        Assert.Equal([DropReason.TooBig], fixture.Drops);
        Assert.Equal(2, fixture.SentMessages().Count(m => m.Type == MessageType.Ack));
        Assert.Single(fixture.SentMessages(), m => m.Type == MessageType.Ack && m.Body.Length > 1376);
    }

    private sealed class LongPayload : MembershipHooks
    {
        public int Length { get; set; } = 1377;

        public override byte[] GetAckPayload() => new byte[Length];
    }
}
