using ChittyChat.Membership;

namespace ChittyChat.Simulation.Tests;

public sealed class BroadcastTests
{
    [Fact]
    public void Without_loss_all_fifty_get_each_message_exactly_once()
    {
        const int Nodes = 50;
        var cluster = new SimulatedCluster(1, MembershipOptions.Lan());
        cluster.StartTogether(Nodes);
        var got = new List<(int Node, byte Message)>();
        cluster.UserMessage = (node, message) => got.Add((node, message[0]));

        for (byte message = 0; message < 10; message++)
        {
            cluster.Broadcast(message, [message, .. new byte[99]]);
        }

        cluster.RunFor(TimeSpan.FromSeconds(5));

        var expected = Enumerable.Range(0, 10).SelectMany(m => Enumerable.Range(0, Nodes).Where(n => n != m).Select(n => (Node: n, Message: (byte)m)));
        Assert.Equal(expected.Order(), got.Order());
    }
}
