using ChittyChat.Membership;

namespace ChittyChat.Simulation.Tests;

public sealed class ScaleTests
{
    [Fact]
    public void Everybody_in_a_large_cluster_learns_of_a_newcomer_and_of_a_crash()
    {
        const int Nodes = 300;
        var cluster = new SimulatedCluster(1, MembershipOptions.Lan());
        cluster.StartTogether(Nodes);
        var know = 0;
        cluster.MemberEvent = (_, change) => know += change is { Kind: MemberEventKind.Joined, Member.Name: "n300" } ? 1 : 0;

        cluster.Join(cluster.Start(), via: 7);

        Assert.True(cluster.RunUntil(() => know == Nodes, TimeSpan.FromSeconds(10)), $"Only {know} of {Nodes} learnt of the newcomer.");
        var dead = 0;
        cluster.MemberEvent = (_, change) => dead += change is { Kind: MemberEventKind.Failed, Member.Name: "n3" } ? 1 : 0;
        cluster.Crash(3);
        Assert.True(cluster.RunUntil(() => dead == Nodes, TimeSpan.FromSeconds(120)), $"Only {dead} of {Nodes} learnt of the crash.");
    }
}
