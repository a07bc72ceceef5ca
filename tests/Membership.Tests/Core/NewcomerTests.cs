using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>What a node does with the first table it is given.</summary>
public sealed class NewcomerTests
{
    [Fact]
    public void A_newcomer_does_not_gossip_the_table_back_to_those_it_has_it_from()
    {
        var node = new CoreFixture();
        node.Core.MergeState(TableOf(50, firstPort: 7001), isAnswer: true, node.Now);

        Assert.Equal(51, node.Core.KnownMembers);
        Assert.Equal(["alive self 1"], node.TakeGossip());
    }

    [Fact]
    public void Who_joins_through_a_node_that_is_joining_itself_is_told_of()
    {
        var node = new CoreFixture();
        // Its own state is on the way to the member that it joins through, and another node joins through it.
        node.Core.MergeState(TableOf(1, firstPort: 7001), isAnswer: false, node.Now);

        Assert.Equal(["alive m0 1", "alive self 1"], node.TakeGossip());
    }

    [Fact]
    public void Whoever_knows_others_tells_them_what_it_learns_from_a_second_cluster()
    {
        var node = new CoreFixture();
        node.Alive("friend", 1, 6999);
        node.Core.MergeState(TableOf(2, firstPort: 7001), isAnswer: true, node.Now);

        Assert.Equal(["alive friend 1", "alive m0 1", "alive m1 1", "alive self 1"], node.TakeGossip());
    }

    [Fact]
    public void A_preloaded_table_is_known_and_nobody_is_told()
    {
        var node = new CoreFixture();
        node.Core.Preload([.. Enumerable.Range(0, 50).Select(i => Describe(i, 7001 + i)), node.Core.Self]);

        Assert.Equal((51, 51), (node.Core.KnownMembers, node.Core.RunningMembers));
        Assert.Empty(node.TakeGossip());
        Assert.Empty(node.Events);
        node.Sent.Clear();
        node.Pass(2);
        Assert.Contains(node.SentMessages(), m => m.Type == MessageType.Ping);
    }

    private static StreamMessage TableOf(int members, int firstPort)
    {
        var writer = new ByteWriter();
        writer.WritePushPullHeader(join: true, members, 0);
        for (var i = 0; i < members; i++)
        {
            writer.WriteMember(Describe(i, firstPort + i));
        }

        return new StreamMessage(MessageType.PushPull, writer.ToArray().AsMemory(1), default);
    }

    private static Member Describe(int index, int port) =>
        new($"m{index}", new IPEndPoint(IPAddress.Loopback, port), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);
}
