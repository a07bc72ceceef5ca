using System.Net;
using ChittyChat.Contracts.V1;
using Grpc.Net.Client;
using RegistryClient = ChittyChat.Contracts.V1.Registry.RegistryClient;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Peers with the real bootstrap service and the real registry, which come and go.</summary>
public sealed class ClusterServicesTests
{
    private readonly int _bootstrapPort = ServiceProcess.FreePort();
    private readonly int _registryPort = ServiceProcess.FreePort();

    [Fact]
    public async Task Peers_that_start_at_the_same_moment_end_in_one_cluster()
    {
        await using var bootstrap = await StartBootstrapAsync();
        await using var alice = StartPeer("alice");
        await using var bob = StartPeer("bob");
        await using var carol = StartPeer("carol");

        // Who is the oldest of them nobody knows.
        await alice.SeesAllAsync("Link to bob is up", "Link to carol is up");
        await bob.SeesAllAsync("Link to alice is up", "Link to carol is up");
        await carol.SeesAllAsync("Link to alice is up", "Link to bob is up");
        carol.Write("all here?");
        await alice.SeesAsync("all here?");
        await bob.SeesAsync("all here?");
    }

    [Fact]
    public async Task Running_peers_do_not_need_the_services_which_recover_when_they_return()
    {
        await using var firstBootstrap = await StartBootstrapAsync();
        await using var firstRegistry = await ServiceProcess.StartRegistryAsync(_registryPort);
        await using var alice = StartPeer("alice");
        await alice.JoinedAsync();
        await using var bob = StartPeer("bob");
        await alice.SeesAsync("Participant bob joined");
        await RegisteredAsync("alice", "bob");

        await firstBootstrap.SignalAsync("KILL");
        await firstRegistry.SignalAsync("KILL");
        await alice.SeesAllAsync("The bootstrap service is away", "The registry is away");
        await bob.SeesAllAsync("The bootstrap service is away", "The registry is away");
        bob.Write("who needs them?");
        await alice.SeesAsync("who needs them?");

        await using var secondBootstrap = await StartBootstrapAsync();
        await using var secondRegistry = await ServiceProcess.StartRegistryAsync(_registryPort);
        await alice.SeesAllAsync("The bootstrap service is back", "The registry is back");
        await bob.SeesAllAsync("The bootstrap service is back", "The registry is back");
        await RegisteredAsync("alice", "bob");
        await using var carol = StartPeer("carol");
        await carol.SeesAsync("Joined a cluster of 3");
        await bob.SeesAsync("Participant carol joined");
        foreach (var peer in (PeerProcess[])[alice, bob])
        {
            string[] outages = [.. peer.Output.Where(line => line.Contains(" is away, ", StringComparison.Ordinal) || line.Contains(" is back", StringComparison.Ordinal))];
            Assert.True(outages.Length == 4, "Expected one line when a service is lost and one when it is back, found:\n" + string.Join('\n', outages));
        }

        await bob.SignalAsync("TERM");
        Assert.Equal(0, await bob.ExitCodeAsync());
        await RegisteredAsync("alice", "carol");
    }

    [Fact]
    public async Task A_goodbye_takes_no_longer_than_three_seconds_when_nobody_hears_it()
    {
        await using var bootstrap = await StartBootstrapAsync();
        await using var registry = await ServiceProcess.StartRegistryAsync(_registryPort);
        await using var alice = StartPeer("alice");
        await using var bob = StartPeer("bob");
        await alice.SeesAsync("Participant bob joined");
        await RegisteredAsync("alice", "bob");
        // Stopped, not killed: connections stay open, and nothing is answered.
        await bootstrap.SignalAsync("STOP");
        await registry.SignalAsync("STOP");
        await bob.SignalAsync("STOP");

        var began = TimeProvider.System.GetTimestamp();
        await alice.SignalAsync("TERM");
        Assert.Equal(0, await alice.ExitCodeAsync());

        // Three for the goodbye, one for the server's open calls, and the machine may be busy.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_peer_that_knows_nobody_waits_for_the_bootstrap_service()
    {
        await using var alice = StartPeer("alice");
        await alice.SeesAsync("Waiting for somebody to join: ");
        var (_, _, http) = await StatusOf(alice);
        using var client = new HttpClient();
        using var waiting = await client.GetAsync(new Uri(http, "/health"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.StatusCode);

        await using var bootstrap = await StartBootstrapAsync();
        await alice.JoinedAsync();
        alice.Write("healthy?");
        await alice.SeesAsync("healthy?");
        using var joined = await client.GetAsync(new Uri(http, "/health"));
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
    }

    [Fact]
    public async Task A_peer_that_knows_a_member_does_not_wait_for_the_bootstrap_service()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();

        await using var bob = StartPeer("bob", "--join", gossip);
        await bob.JoinedAsync();
        await alice.SeesAsync("Participant bob joined");
    }

    [Fact]
    public async Task Clusters_that_started_apart_become_one()
    {
        await using var bootstrap = await StartBootstrapAsync();
        await using var alice = StartPeer("alice");
        await alice.JoinedAsync();
        await alice.SignalAsync("STOP");
        await using var bob = StartPeer("bob");
        await bob.SeesAsync("starting alone");
        await bob.JoinedAsync();

        await alice.SignalAsync("CONT");
        await bob.SeesAsync("alice (");
        await alice.SeesAsync("Participant bob joined");
        alice.Write("there you are");
        await bob.SeesAsync("there you are");
        bob.Write("here I am");
        await alice.SeesAsync("here I am");
    }

    private Task<ServiceProcess> StartBootstrapAsync() => ServiceProcess.StartBootstrapAsync(_bootstrapPort, leaseSeconds: 5);

    private PeerProcess StartPeer(string name, params string[] more) => PeerProcess.Start(
        ["--name", name, "--bootstrap", $"http://127.0.0.1:{_bootstrapPort}", "--registry", $"http://127.0.0.1:{_registryPort}", .. more]);

    // The line about the ports comes before anything that a test waits for.
    private static Task<(string Gossip, string Grpc, Uri Http)> StatusOf(PeerProcess peer) =>
        Task.FromResult(PeerProcess.Parse(Assert.Single(peer.Output, line => line.Contains(PeerProcess.Listens, StringComparison.Ordinal))));

    private async Task RegisteredAsync(params string[] names)
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_registryPort}");
        var client = new RegistryClient(channel);
        string[] found = [];
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
        {
            found = [.. (await client.ListAsync(new ListRequest())).Members.Select(member => member.Name).Order(StringComparer.Ordinal)];
            if (found.SequenceEqual(names))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Equal(names, found);
    }
}
