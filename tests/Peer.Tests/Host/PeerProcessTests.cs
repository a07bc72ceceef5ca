using System.Net;
using ChittyChat.Peer.Control;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Real peers in processes of their own, over real sockets.</summary>
public sealed class PeerProcessTests
{
    [Fact]
    public async Task Three_peers_chat_and_see_each_other_come_and_go()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var bob = PeerProcess.Start("--name", "bob", "--join", gossip);
        await bob.JoinedAsync();
        await alice.SeesAsync("Participant bob joined Chitty-Chat at Lamport time ");
        await using var carol = PeerProcess.Start("--name", "carol", "--join", gossip);
        await carol.JoinedAsync();
        await alice.SeesAsync("Participant carol joined Chitty-Chat at Lamport time ");
        await bob.SeesAsync("Participant carol joined Chitty-Chat at Lamport time ");

        bob.Write("hello, grüße 👍");
        await alice.SeesAsync("hello, grüße 👍");
        await bob.SeesAsync("hello, grüße 👍");
        await carol.SeesAsync("hello, grüße 👍");

        bob.Write("/quit");
        Assert.Equal(0, await bob.ExitCodeAsync());
        await alice.SeesAsync("Participant bob left Chitty-Chat at Lamport time ");
        await carol.SeesAsync("Participant bob left Chitty-Chat at Lamport time ");

        await carol.SignalAsync("TERM");
        Assert.Equal(0, await carol.ExitCodeAsync());
        await alice.SeesAsync("Participant carol left Chitty-Chat at Lamport time ");
        foreach (var name in (string[])["bob", "carol"])
        {
            Assert.Single(alice.Output, line => line.Contains($"Participant {name} joined", StringComparison.Ordinal));
            Assert.Single(alice.Output, line => line.Contains($"Participant {name} left", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_killed_peer_leaves_once_at_each_survivor_and_comes_back_under_its_name()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var bob = PeerProcess.Start("--name", "bob", "--join", gossip);
        await bob.JoinedAsync();
        await using var carol = PeerProcess.Start("--name", "carol", "--join", gossip);
        await carol.JoinedAsync();
        await alice.SeesAsync("Participant carol joined");
        await bob.SeesAsync("Participant carol joined");

        await carol.SignalAsync("KILL");
        await alice.SeesAsync("Participant carol left Chitty-Chat at Lamport time ");
        await bob.SeesAsync("Participant carol left Chitty-Chat at Lamport time ");

        await using var again = PeerProcess.Start("--name", "carol", "--join", gossip);
        await again.JoinedAsync();
        await alice.SeesAsync("Participant carol joined");
        await bob.SeesAsync("Participant carol joined");
        again.Write("I am back");
        await alice.SeesAsync("I am back");
        await bob.SeesAsync("I am back");
        foreach (var survivor in (PeerProcess[])[alice, bob])
        {
            Assert.Equal(2, survivor.Output.Count(line => line.Contains("Participant carol joined", StringComparison.Ordinal)));
            Assert.Single(survivor.Output, line => line.Contains("Participant carol left", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_peer_that_was_killed_can_be_restarted_before_anybody_has_noticed()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var bob = PeerProcess.Start("--name", "bob", "--join", gossip);
        await bob.JoinedAsync();
        await alice.SeesAsync("Participant bob joined");

        await bob.SignalAsync("KILL");
        await using var again = PeerProcess.Start("--name", "bob", "--join", gossip);
        await again.JoinedAsync();
        await alice.SeesAsync("Participant bob left");
        await alice.SeesAsync("Participant bob joined");
        again.Write("so soon");
        await alice.SeesAsync("so soon");
    }

    [Fact]
    public async Task A_peer_that_hung_and_was_declared_dead_goes_on_as_a_new_session()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var bob = PeerProcess.Start("--name", "bob", "--join", gossip);
        await bob.JoinedAsync();
        await alice.SeesAsync("Participant bob joined");

        await bob.SignalAsync("STOP");
        await alice.SeesAsync("Participant bob left");
        await bob.SignalAsync("CONT");
        await alice.SeesAsync("Participant bob joined");
        alice.Write("welcome back");
        await bob.SeesAsync("welcome back");
        bob.Write("what happened?");
        await alice.SeesAsync("what happened?");
        Assert.Single(alice.Output, line => line.Contains("Participant bob left", StringComparison.Ordinal));
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
    public async Task What_is_piped_in_is_published_and_the_end_of_it_ends_the_peer_only_when_asked_to()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        alice.EndInput();
        await alice.JoinedAsync();

        await using var bob = PeerProcess.Start("--name", "bob", "--join", gossip, "--quit-at-eof");
        bob.Write("first");
        bob.Write("second");
        bob.EndInput();

        Assert.Equal(0, await bob.ExitCodeAsync());
        await alice.SeesAsync("first");
        await alice.SeesAsync("second");
        await alice.SeesAsync("Participant bob left");
        await alice.SignalAsync("TERM");
        Assert.Equal(0, await alice.ExitCodeAsync());
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
