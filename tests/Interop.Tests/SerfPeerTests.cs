using System.Net;
using System.Text;
using ChittyChat.Membership;
using ChittyChat.Membership.Serf;
using ChittyChat.Peer.Tests.Host;

namespace ChittyChat.Interop.Tests;

/// <summary>What happens between one of ours and an agent or two.</summary>
public sealed class SerfPeerTests
{
    private static readonly string[] FourNames = ["alpha", "bravo", "kilo", "lima"];

    [Fact]
    public async Task A_stopped_agent_is_suspected_and_refutes_when_it_goes_on()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        var xray = await cluster.StartNodeAsync("xray");
        await xray.JoinAsync([alpha.Address.ToString()]);
        var before = xray.Node.Members.Single(m => m.Name == "alpha").Incarnation;

        var suspected = await InteropCluster.ExpectAsync(xray, "alpha", MemberEventKind.Suspected);
        alpha.Signal("STOP");
        await suspected;
        alpha.Signal("CONT");

        await InteropCluster.UntilAsync(xray, "alpha", MemberState.Alive, m => m.Incarnation > before);
    }

    [Fact]
    public async Task An_agent_that_is_stopped_until_it_is_dead_is_alive_again_when_it_goes_on()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        var bravo = await cluster.StartAgentAsync("bravo");
        var xray = await cluster.StartNodeAsync("xray");
        await bravo.RunAsync("join", alpha.Address.ToString());
        await xray.JoinAsync([alpha.Address.ToString()]);
        await InteropCluster.UntilAsync(xray, "bravo", MemberState.Alive);

        bravo.Signal("STOP");
        await InteropCluster.UntilAsync(xray, "bravo", MemberState.Dead);
        await alpha.UntilMemberAsync("bravo", "failed");
        bravo.Signal("CONT");

        await InteropCluster.UntilAsync(xray, "bravo", MemberState.Alive);
        await alpha.UntilMemberAsync("bravo", "alive");
        await bravo.UntilMemberAsync("xray", "alive");
    }

    [Fact]
    public async Task A_stopped_peer_fails_for_agents_and_is_alive_again_when_it_goes_on()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        await using var peer = PeerProcess.Start("--name", "peer", "--join", alpha.Address.ToString());
        await peer.JoinedAsync();
        await alpha.UntilMemberAsync("peer", "alive");

        await peer.SignalAsync("STOP");
        await alpha.UntilMemberAsync("peer", "failed");
        await peer.SignalAsync("CONT");

        await alpha.UntilMemberAsync("peer", "alive");
    }

    [Fact]
    public async Task A_node_whose_datagrams_are_blocked_stays_alive_to_an_agent_over_streams_and_the_agent_to_the_node()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        // The node disposes its network.
        var network = new BlockableNetwork();
        var xray = await cluster.StartNodeAsync("xray", network);
        await xray.JoinAsync([alpha.Address.ToString()]);
        await alpha.UntilMemberAsync("xray", "alive");

        network.BlocksDatagrams = true;

        await alpha.UntilAsync("Was able to connect to xray but other probes failed", "find that only streams get through");
        await cluster.UntilLoggedAsync("answers over TCP but not over UDP");
        await alpha.UntilMemberAsync("xray", "alive");
        await InteropCluster.UntilAsync(xray, "alpha", MemberState.Alive);
    }

    [Fact]
    public async Task New_tags_reach_an_agent_by_gossip()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        // The node disposes its network.
        var network = new BlockableNetwork();
        var xray = await cluster.StartNodeAsync("xray", network, null, ("mood", "happy"));
        await xray.JoinAsync([alpha.Address.ToString()]);
        await alpha.UntilMemberAsync("xray", "alive", "mood=happy");

        // No exchange of state can bring them.
        network.BlocksStreams = true;
        for (var i = 0; i < 5; i++)
        {
            await xray.SetTagsAsync(new Dictionary<string, string> { ["mood"] = $"sad{i}" });
            await alpha.UntilMemberAsync("xray", "alive", $"mood=sad{i}");
        }
    }

    [Fact]
    public async Task Keys_are_exchanged_while_the_cluster_gossips()
    {
        var first = new byte[32];
        var second = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]);
        await using var cluster = new InteropCluster(first);
        var alpha = await cluster.StartAgentAsync("alpha");
        var bravo = await cluster.StartAgentAsync("bravo");
        var kilo = await cluster.StartNodeAsync("kilo");
        var lima = await cluster.StartNodeAsync("lima");
        await bravo.RunAsync("join", alpha.Address.ToString());
        await kilo.JoinAsync([alpha.Address.ToString()]);
        await lima.JoinAsync([bravo.Address.ToString()]);
        await Task.WhenAll(FourNames.SelectMany(n => new[] { alpha.UntilMemberAsync(n, "alive"), bravo.UntilMemberAsync(n, "alive") }));

        // Events go round all the time; what a change of keys loses cannot be decrypted.
        using var dropped = new DropCounter();
        using var stop = new CancellationTokenSource();
        var chatter = ChatterAsync(kilo, stop.Token);
        var heard = await InteropCluster.ExpectEventAsync(lima, "before");
        await alpha.RunAsync("event", "-coalesce=false", "before", "");
        await heard;
        await InteropCluster.RetryAsync(() => alpha.RunAsync("keys", "-install=" + second), _ => true);
        await InteropCluster.RetryAsync(() => alpha.RunAsync("keys", "-use=" + second), _ => true);
        await InteropCluster.RetryAsync(() => alpha.RunAsync("keys", "-remove=" + Convert.ToBase64String(first)), _ => true);
        await stop.CancelAsync();
        await chatter;

        var keys = await InteropCluster.RetryAsync(() => alpha.RunAsync("keys", "-list"), o => o.Contains($"{second}  [4/4]", StringComparison.Ordinal));
        Assert.DoesNotContain(Convert.ToBase64String(first), keys, StringComparison.Ordinal);
        Assert.Equal(second, Convert.ToBase64String(kilo.Node.Keyring.Keys.Single().Span));
        heard = await InteropCluster.ExpectEventAsync(lima, "after");
        await alpha.RunAsync("event", "-coalesce=false", "after", "");
        await heard;
        await kilo.SendEventAsync("ours", default);
        await bravo.UntilAsync("user-event: ours", "receive an event under the new key");
        foreach (var name in FourNames)
        {
            await InteropCluster.UntilAsync(kilo, name, MemberState.Alive);
            await InteropCluster.UntilAsync(lima, name, MemberState.Alive);
        }

        Assert.Equal(0, dropped.Of("kilo", "Undecryptable") + dropped.Of("lima", "Undecryptable"));
        Assert.Equal(0, alpha.CountOf("could decrypt") + bravo.CountOf("could decrypt"));
    }

    [Fact]
    public async Task It_works_over_ipv6_and_round_trips_are_known()
    {
        await using var cluster = new InteropCluster(bind: IPAddress.IPv6Loopback);
        var alpha = await cluster.StartAgentAsync("alpha");
        var xray = await cluster.StartNodeAsync("xray");
        await xray.JoinAsync([alpha.Address.ToString()]);
        await alpha.UntilMemberAsync("xray", "alive");

        // The agent learns our coordinate with its first probe of us.
        var rtt = await InteropCluster.RetryAsync(() => alpha.RunAsync("rtt", "xray"), o => o.Contains("Estimated", StringComparison.Ordinal));
        Assert.Contains("rtt:", rtt, StringComparison.Ordinal);
        await InteropCluster.RetryAsync(() => alpha.RunAsync("reachability"), o => o.Contains("successfully contacted", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_restarted_node_takes_its_name_over_from_an_agents_table()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        var bravo = await cluster.StartAgentAsync("bravo");
        await bravo.RunAsync("join", alpha.Address.ToString());
        var xray = await cluster.StartNodeAsync("xray", ("life", "first"));
        await xray.JoinAsync([alpha.Address.ToString()]);
        await bravo.UntilMemberAsync("xray", "alive", "life=first");
        await xray.DisposeAsync();

        var again = await cluster.StartNodeAsync("xray", ("life", "second"));
        await again.JoinAsync([alpha.Address.ToString()]);

        await alpha.UntilMemberAsync("xray", "alive", "life=second");
        await bravo.UntilMemberAsync("xray", "alive", "life=second");
    }

    [Fact]
    public async Task An_agent_with_the_same_name_is_a_conflict()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        // It waits for the answer of the holder, however busy that is.
        var impostor = await cluster.StartNodeAsync("alpha", null, o => (o.ProbeInterval, o.ProbeTimeout) = (TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)));

        var refused = await Assert.ThrowsAsync<NameConflictException>(() => impostor.JoinAsync([alpha.Address.ToString()]));

        Assert.Equal(alpha.Address, refused.Holder);
    }

    private static async Task ChatterAsync(SerfNode node, CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await node.SendEventAsync("chatter", Encoding.UTF8.GetBytes($"{i}"), cancellationToken: CancellationToken.None);
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken));
        }
    }
}
