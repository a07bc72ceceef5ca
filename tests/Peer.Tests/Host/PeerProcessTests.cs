using System.Net;
using ChittyChat.Peer.Control;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Real peers in processes of their own, over real sockets.</summary>
public sealed class PeerProcessTests
{
    // Nobody crashes here, so nobody needs to be found dead quickly, least of all for a busy machine's sake.
    private static readonly string[] Patient = ["--profile", "wan"];

    [Fact]
    public async Task Three_peers_chat_and_see_each_other_come_and_go()
    {
        await using var alice = await PeerProcess.JoinAsync("alice", contact: null, Patient);
        await using var bob = await PeerProcess.JoinAsync("bob", alice, Patient);
        await using var carol = await PeerProcess.JoinAsync("carol", alice, Patient);
        await bob.SeesJoinedAsync("carol");

        bob.Write("hello, grüße 👍");
        await alice.SeesAsync("hello, grüße 👍");
        await bob.SeesAsync("hello, grüße 👍");
        await carol.SeesAsync("hello, grüße 👍");

        bob.Write("/quit");
        Assert.Equal(0, await bob.ExitCodeAsync());
        await alice.SeesLeftAsync("bob");
        await carol.SeesLeftAsync("bob");

        await carol.SignalAsync("TERM");
        Assert.Equal(0, await carol.ExitCodeAsync());
        await alice.SeesLeftAsync("carol");
        foreach (var name in (string[])["bob", "carol"])
        {
            Assert.Single(alice.Output, line => line.Contains($"Participant {name} joined", StringComparison.Ordinal));
            Assert.Single(alice.Output, line => line.Contains($"Participant {name} left", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_killed_peer_leaves_once_at_each_survivor_and_comes_back_under_its_name()
    {
        await using var alice = await PeerProcess.JoinAsync("alice");
        await using var bob = await PeerProcess.JoinAsync("bob", alice);
        await using var carol = await PeerProcess.JoinAsync("carol", alice);
        await bob.SeesJoinedAsync("carol");

        await carol.SignalAsync("KILL");
        await alice.SeesLeftAsync("carol");
        await bob.SeesLeftAsync("carol");

        await using var again = await PeerProcess.JoinAsync("carol", alice);
        await bob.SeesJoinedAsync("carol");
        again.Write("I am back");
        await alice.SeesAsync("I am back");
        await bob.SeesAsync("I am back");
        alice.HeardInTurn("carol", first: "joined", last: "joined");
        bob.HeardInTurn("carol", first: "joined", last: "joined");
    }

    [Fact]
    public async Task A_peer_that_was_killed_can_be_restarted_before_anybody_has_noticed()
    {
        await using var alice = await PeerProcess.JoinAsync("alice");
        await using var bob = await PeerProcess.JoinAsync("bob", alice);

        await bob.SignalAsync("KILL");
        await using var again = await PeerProcess.JoinAsync("bob", alice);
        await alice.SeesLeftAsync("bob");
        again.Write("so soon");
        await alice.SeesAsync("so soon");
        alice.HeardInTurn("bob", first: "joined", last: "joined");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_hung_and_was_declared_dead_goes_on_as_a_new_session(bool byCommand)
    {
        await using var alice = await PeerProcess.JoinAsync("alice");
        await using var bob = await PeerProcess.JoinAsync("bob", alice);

        if (byCommand)
        {
            bob.Write("/pause 1h");
            await alice.SeesLeftAsync("bob");
            bob.EndPause();
            await bob.SeesAsync("goes on");
        }
        else
        {
            await bob.SignalAsync("STOP");
            await alice.SeesLeftAsync("bob");
            await bob.SignalAsync("CONT");
        }

        await alice.SeesJoinedAsync("bob");
        alice.Write("welcome back");
        await bob.SeesAsync("welcome back");
        bob.Write("what happened?");
        await alice.SeesAsync("what happened?");
        alice.HeardInTurn("bob", first: "joined", last: "joined");
    }

    [Fact]
    public async Task The_control_endpoint_kills_the_process_without_a_goodbye()
    {
        await using var peer = PeerProcess.StartIn(new() { ["Control__Token"] = "a secret" }, "--name", "alice");
        var (_, _, http) = await peer.ListensAsync();
        await peer.JoinedAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(http, ControlEndpoints.CrashPath)) { Headers = { { ControlEndpoints.TokenHeader, "a secret" } } };

        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        const int KilledBySignal = 128, SigKill = 9;
        Assert.Equal(KilledBySignal + SigKill, await peer.ExitCodeAsync());
        Assert.DoesNotContain(peer.Output, line => line.Contains("Leaving", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_published_is_refused_and_the_peer_goes_on()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        await alice.JoinedAsync();
        alice.Write(new string('x', 129));
        Assert.Contains("128", await alice.SeesAsync("Not published: "), StringComparison.Ordinal);
        alice.Write("/nonsense");
        await alice.SeesAsync("there is no command \"nonsense\"");
        alice.Write("/members");
        await alice.SeesAsync("alice (you)  alive");
        alice.Write("fine");
        await alice.SeesAsync("fine");
        Assert.DoesNotContain(alice.Output, line => line.Contains('\e'));
    }

    [Fact]
    public async Task The_chat_log_goes_to_the_file_that_was_asked_for()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using var alice = PeerProcess.Start("--name", "alice", "--log", file, "--quit-at-eof");
            alice.Write("for the record");
            alice.EndInput();
            Assert.Equal(0, await alice.ExitCodeAsync());

            var log = await File.ReadAllLinesAsync(file);
            Assert.EndsWith("joined alice L=1 \"Participant alice joined Chitty-Chat at Lamport time 1\"", log[0], StringComparison.Ordinal);
            Assert.EndsWith("deliver alice L=3 \"for the record\"", log[1], StringComparison.Ordinal);
            Assert.DoesNotContain(alice.Output, line => line.Contains("for the record", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
