using System.Text;
using ChittyChat.Membership;
using ChittyChat.Membership.Serf;

namespace ChittyChat.Interop.Tests;

/// <summary>Three of ours and three agents in one cluster, through the life of its members.</summary>
public abstract class SerfClusterTests(byte[]? key, bool compression)
{
    [Fact]
    public async Task Three_of_ours_and_three_agents_are_one_cluster()
    {
        await using var cluster = new InteropCluster(key, compression);
        var agents = await Task.WhenAll(
            cluster.StartAgentAsync("alpha", "-tag", "role=chat"), cluster.StartAgentAsync("bravo"), cluster.StartAgentAsync("charlie"));
        var (alpha, bravo, charlie) = (agents[0], agents[1], agents[2]);
        await bravo.RunAsync("join", alpha.Address.ToString());
        await charlie.RunAsync("join", alpha.Address.ToString());
        var xray = await cluster.StartNodeAsync("xray", ("mood", "happy"));
        var yankee = await cluster.StartNodeAsync("yankee");
        var zulu = await cluster.StartNodeAsync("zulu");

        // Joins, both ways.
        Assert.Equal(1, await xray.JoinAsync([alpha.Address.ToString()]));
        Assert.Equal(1, await yankee.JoinAsync([xray.Node.Self.Address.ToString()]));
        Assert.Equal(1, await zulu.JoinAsync([charlie.Address.ToString()]));
        foreach (var name in new[] { "alpha", "bravo", "charlie", "xray", "yankee", "zulu" })
        {
            await Task.WhenAll(agents.Select(a => a.UntilMemberAsync(name, "alive")));
            await Task.WhenAll(new[] { xray, yankee, zulu }.Select(n => InteropCluster.UntilAsync(n, name, MemberState.Alive)));
        }

        await charlie.UntilMemberAsync("xray", "alive", "mood=happy");
        Assert.Equal("chat", zulu.Node.Members.Single(m => m.Name == "alpha").GetTags()["role"]);

        await TagsAndEventsAsync(alpha, charlie, xray, zulu);
        await DeparturesAsync(agents, xray, yankee, zulu);
    }

    private static async Task TagsAndEventsAsync(SerfAgent alpha, SerfAgent charlie, SerfNode xray, SerfNode zulu)
    {
        await xray.SetTagsAsync(new Dictionary<string, string> { ["mood"] = "sad" });
        await charlie.UntilMemberAsync("xray", "alive", "mood=sad");
        await charlie.RunAsync("tags", "-set", "colour=red");
        await InteropCluster.UntilAsync(xray, "charlie", MemberState.Alive, m => m.GetTags().GetValueOrDefault("colour") == "red");

        var atZulu = await InteropCluster.ExpectEventAsync(zulu, "theirs");
        await alpha.RunAsync("event", "-coalesce=false", "theirs", "hello from alpha");
        Assert.Equal("hello from alpha", Encoding.UTF8.GetString((await atZulu).Payload.Span));
        await xray.SendEventAsync("ours", "hello from xray"u8.ToArray());
        await charlie.UntilAsync("user-event: ours", "receive the event 'ours'");

        // Queries are acknowledged, in one datagram that may be late or lost, and coordinates make round-trip times.
        await InteropCluster.RetryAsync(
            () => charlie.RunAsync("query", "-timeout=2s", "-node=xray", "-tag", "mood=^s.d$", "anything"), o => o.Contains("Ack from 'xray'", StringComparison.Ordinal));
        await charlie.UntilMemberAsync("xray", "alive");
    }

    private static async Task DeparturesAsync(SerfAgent[] agents, SerfNode xray, SerfNode yankee, SerfNode zulu)
    {
        var (alpha, bravo, charlie) = (agents[0], agents[1], agents[2]);
        await yankee.LeaveAsync();
        await yankee.DisposeAsync();
        await alpha.UntilMemberAsync("yankee", "left");
        await bravo.RunAsync("leave");
        await InteropCluster.UntilAsync(xray, "bravo", MemberState.Left);

        // Two crashes at once: one of ours, one of theirs.
        await zulu.DisposeAsync();
        charlie.Signal("KILL");
        await Task.WhenAll(
            alpha.UntilMemberAsync("zulu", "failed"),
            alpha.UntilMemberAsync("charlie", "failed"),
            InteropCluster.UntilAsync(xray, "charlie", MemberState.Dead),
            InteropCluster.UntilAsync(xray, "zulu", MemberState.Dead));
        await alpha.UntilMemberAsync("xray", "alive");
    }
}

public sealed class CompressedSerfClusterTests() : SerfClusterTests(null, compression: true);

public sealed class PlainSerfClusterTests() : SerfClusterTests(null, compression: false);

public sealed class EncryptedSerfClusterTests() : SerfClusterTests([.. Enumerable.Range(0, 32).Select(i => (byte)i)], compression: true);
