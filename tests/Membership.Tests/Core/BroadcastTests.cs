using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>What the application sends to all.</summary>
public sealed class BroadcastTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(400)]
    public void Each_running_member_gets_it_once(int others)
    {
        var fixture = Cluster(others);

        Assert.True(fixture.Core.BroadcastUserMessage(new byte[100], fixture.Now));
        fixture.Pass(60);

        Assert.Equal(Enumerable.Range(7100, others), Recipients(fixture).Order());
        Assert.Equal(0, fixture.Core.QueuedBroadcastsToAll);
    }

    [Fact]
    public void A_tick_sends_no_more_bytes_than_a_round_of_gossip_may_have()
    {
        var fixture = Cluster(400);

        fixture.Core.BroadcastUserMessage(new byte[100], fixture.Now);
        while (fixture.Core.QueuedBroadcastsToAll > 0)
        {
            fixture.Sent.Clear();
            fixture.Pass(0.2);
            // 3 datagrams of 1,400 bytes; a message of 101 bytes with headers of 48.
            Assert.InRange(fixture.Sent.Count(s => s.Packet[0] == (byte)MessageType.User), 1, 4_200 / 154);
        }
    }

    [Fact]
    public void Membership_that_churns_leaves_it_a_share()
    {
        var fixture = Cluster(200, o => o.RetransmitMultiplier = 100);
        for (var i = 0; i < 200; i++)
        {
            fixture.Receive(w => w.WriteAlive(new Member(
                $"other{i}", CoreFixture.AddressOf(7100 + i), new byte[200], MemberState.Alive, new Incarnation(2), ProtocolVersions.Serf)));
        }

        fixture.Core.BroadcastUserMessage(new byte[100], fixture.Now);
        fixture.Pass(10);

        Assert.True(fixture.Core.QueuedBroadcasts > 0);
        Assert.Equal(200, Recipients(fixture).Distinct().Count());
    }

    [Fact]
    public void Who_is_dead_when_its_turn_comes_or_joins_later_gets_nothing()
    {
        var fixture = Cluster(100);

        fixture.Core.BroadcastUserMessage(new byte[1_000], fixture.Now);
        fixture.Dead("other99", 1);
        fixture.Alive("late", 1, 7999);
        fixture.Pass(20);

        Assert.Equal(Enumerable.Range(7100, 99), Recipients(fixture).Order());
    }

    [Fact]
    public void Members_that_are_forgotten_meanwhile_cost_nobody_the_message()
    {
        var fixture = Cluster(100, o =>
        {
            o.ProbeInterval = TimeSpan.FromMilliseconds(100);
            o.ProbeTimeout = TimeSpan.FromMilliseconds(50);
            o.GossipToTheDeadTime = TimeSpan.FromMilliseconds(100);
            o.GossipInterval = TimeSpan.FromSeconds(1);
            o.GossipNodes = 1;
            o.SuspicionMultiplier = 100;
        });
        for (var i = 0; i < 50; i++)
        {
            fixture.Dead($"other{i * 2}", 1, $"other{i * 2}");
        }

        fixture.Core.BroadcastUserMessage(new byte[1_300], fixture.Now);
        fixture.Pass(55);

        Assert.Equal(51, fixture.Core.KnownMembers);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => 7101 + (2 * i)), Recipients(fixture).Order());
    }

    [Fact]
    public void They_go_out_in_the_order_in_which_they_came()
    {
        var fixture = Cluster(30);
        for (byte i = 0; i < 10; i++)
        {
            fixture.Core.BroadcastUserMessage([i], fixture.Now);
        }

        fixture.Pass(60);

        var toOne = fixture.SentMessages().Where(m => m.Type == MessageType.User && m.To.Port == 7107).Select(m => m.Body[0]);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (byte)i), toOne);
    }

    [Fact]
    public void What_is_too_much_is_refused_and_counted()
    {
        var fixture = Cluster(3, o => o.UserBroadcastLimit = 2);

        Assert.True(fixture.Core.BroadcastUserMessage([1], fixture.Now));
        Assert.True(fixture.Core.BroadcastUserMessage([2], fixture.Now));
        Assert.False(fixture.Core.BroadcastUserMessage([3], fixture.Now));

        Assert.Equal([DropReason.QueueFull], fixture.Drops);
        fixture.Pass(1);
        Assert.True(fixture.Core.BroadcastUserMessage([3], fixture.Now));
    }

    private static IEnumerable<int> Recipients(CoreFixture fixture) =>
        fixture.SentMessages().Where(m => m.Type == MessageType.User).Select(m => m.To.Port);

    private static CoreFixture Cluster(int others, Action<MembershipOptions>? configure = null)
    {
        var fixture = new CoreFixture(o =>
        {
            o.ProbeInterval = TimeSpan.FromHours(1);
            configure?.Invoke(o);
        });
        fixture.Core.Preload([.. Enumerable.Range(0, others).Select(i => new Member(
            $"other{i}", CoreFixture.AddressOf(7100 + i), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf))]);
        return fixture;
    }
}
