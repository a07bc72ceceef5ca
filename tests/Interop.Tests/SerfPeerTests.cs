using System.Net;
using System.Text;
using ChittyChat.Membership;
using ChittyChat.Membership.Serf;
using ChittyChat.Peer.Tests.Host;

namespace ChittyChat.Interop.Tests;

/// <summary>What happens between one of ours and an agent or two.</summary>
public sealed class SerfPeerTests
{
    private static readonly string[] FourNames = ["alpha", "bravo", "xray", "yankee"];

    [Fact]
    public async Task A_stopped_agent_is_suspected_and_refutes_when_it_goes_on()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        var xray = await cluster.StartNodeAsync("xray");
        await xray.JoinAsync([alpha.Address.ToString()]);
        var before = xray.Node.Members.Single(m => m.Name == "alpha").Incarnation;

        alpha.Signal("STOP");
        await InteropCluster.UntilAsync(xray, "alpha", MemberState.Suspect);
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
        var network = new BlockedDatagrams();
        var xray = await cluster.StartNodeOnAsync(network, "xray");
        await xray.JoinAsync([alpha.Address.ToString()]);
        await alpha.UntilMemberAsync("xray", "alive");

        network.IsBlocked = true;

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
        var xray = await cluster.StartNodeAsync("xray", ("mood", "happy"));
        await xray.JoinAsync([alpha.Address.ToString()]);
        await alpha.UntilMemberAsync("xray", "alive", "mood=happy");

        // Well before the next exchange of state, which comes every 15 s.
        for (var i = 0; i < 10; i++)
        {
            await xray.SetTagsAsync(new Dictionary<string, string> { ["mood"] = $"sad{i}" });
            await alpha.UntilMemberAsync("xray", "alive", $"mood=sad{i}").WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System);
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
        var xray = await cluster.StartNodeAsync("xray");
        var yankee = await cluster.StartNodeAsync("yankee");
        await bravo.RunAsync("join", alpha.Address.ToString());
        await xray.JoinAsync([alpha.Address.ToString()]);
        await yankee.JoinAsync([bravo.Address.ToString()]);
        await Task.WhenAll(FourNames.SelectMany(n => new[] { alpha.UntilMemberAsync(n, "alive"), bravo.UntilMemberAsync(n, "alive") }));

        // Events go round all the time; losses that a change of keys causes would show as suspicions.
        using var stop = new CancellationTokenSource();
        var chatter = ChatterAsync(xray, stop.Token);
        var heard = await InteropCluster.ExpectEventAsync(yankee, "before");
        await alpha.RunAsync("event", "-coalesce=false", "before", "");
        await heard;
        await alpha.RunAsync("keys", "-install=" + second);
        await alpha.RunAsync("keys", "-use=" + second);
        await alpha.RunAsync("keys", "-remove=" + Convert.ToBase64String(first));
        await stop.CancelAsync();
        await chatter;

        var keys = await alpha.RunAsync("keys", "-list");
        Assert.Contains($"{second}  [4/4]", keys, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(first), keys, StringComparison.Ordinal);
        Assert.Equal(second, Convert.ToBase64String(xray.Node.Keyring.Keys.Single().Span));
        heard = await InteropCluster.ExpectEventAsync(yankee, "after");
        await alpha.RunAsync("event", "-coalesce=false", "after", "");
        await heard;
        await xray.SendEventAsync("ours", default);
        await bravo.UntilAsync("user-event: ours", "receive an event under the new key");
        Assert.All(xray.Node.Members, m => Assert.Equal(MemberState.Alive, m.State));
        Assert.All(yankee.Node.Members, m => Assert.Equal(MemberState.Alive, m.State));
        Assert.Equal(0, alpha.CountOf("EventMemberFailed") + bravo.CountOf("EventMemberFailed"));
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
        var rtt = await PollAsync(() => alpha.RunAsync("rtt", "xray"), o => o.Contains("Estimated", StringComparison.Ordinal));
        Assert.Contains("rtt:", rtt, StringComparison.Ordinal);
        Assert.Contains("successfully contacted", await alpha.RunAsync("reachability"), StringComparison.OrdinalIgnoreCase);
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
        await again.JoinAsync([alpha.Address.ToString()]).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);

        await alpha.UntilMemberAsync("xray", "alive", "life=second");
        await bravo.UntilMemberAsync("xray", "alive", "life=second");
    }

    [Fact]
    public async Task An_agent_with_the_same_name_is_a_conflict()
    {
        await using var cluster = new InteropCluster();
        var alpha = await cluster.StartAgentAsync("alpha");
        var impostor = await cluster.StartNodeAsync("alpha");

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

    private static async Task<string> PollAsync(Func<Task<string>> run, Func<string, bool> good)
    {
        var last = "";
        for (var attempt = 0; attempt < 40; attempt++)
        {
            try
            {
                last = await run();
                if (good(last))
                {
                    return last;
                }
            }
            catch (Xunit.Sdk.XunitException e)
            {
                last = e.Message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        throw new Xunit.Sdk.XunitException(last);
    }
}
