using System.Net;
using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Net.Client;
using RegistryClient = ChittyChat.Contracts.V1.Registry.RegistryClient;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Peers with the real bootstrap service and the real registry, which come and go.</summary>
public sealed class ClusterServicesTests
{
    private readonly int _bootstrapPort = Ports.Free();
    private readonly int _registryPort = Ports.Free();

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
        await alice.SeesJoinedAsync("bob");
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
        await bob.SeesJoinedAsync("carol");
        foreach (var peer in (PeerProcess[])[alice, bob])
        {
            AssertTellsEachOutageOnce(peer, "The bootstrap service");
            AssertTellsEachOutageOnce(peer, "The registry");
        }

        await bob.SignalAsync("TERM");
        Assert.Equal(0, await bob.ExitCodeAsync());
        await RegisteredAsync("alice", "carol");
    }

    [Fact]
    public async Task A_goodbye_that_nobody_hears_is_given_up_after_three_seconds()
    {
        await using var bootstrap = await StartBootstrapAsync();
        await using var registry = await ServiceProcess.StartRegistryAsync(_registryPort);
        await using var alice = StartPeer("alice");
        await using var bob = StartPeer("bob");
        await alice.SeesJoinedAsync("bob");
        await RegisteredAsync("alice", "bob");
        // Stopped, not killed: connections stay open, and nothing is answered.
        await bootstrap.SignalAsync("STOP");
        await registry.SignalAsync("STOP");
        await bob.SignalAsync("STOP");

        await alice.SignalAsync("TERM");
        await alice.SeesAsync("not done within 3 s");
        Assert.Equal(0, await alice.ExitCodeAsync());
    }

    [Fact]
    public async Task A_peer_that_knows_nobody_waits_for_the_bootstrap_service()
    {
        await using var alice = StartPeer("alice");
        await alice.SeesAsync("Waiting for somebody to join: ");
        var (_, _, http) = await alice.ListensAsync();
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
        await using var alice = await PeerProcess.JoinAsync("alice");

        await using var bob = StartPeer("bob", "--join", alice.Gossip);
        await bob.JoinedAsync();
        await alice.SeesJoinedAsync("bob");
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
        await alice.SeesJoinedAsync("bob");
        alice.Write("there you are");
        await bob.SeesAsync("there you are");
        bob.Write("here I am");
        await alice.SeesAsync("here I am");
    }

    private Task<ServiceProcess> StartBootstrapAsync() => ServiceProcess.StartBootstrapAsync(_bootstrapPort, leaseSeconds: 5);

    private PeerProcess StartPeer(string name, params string[] more) => PeerProcess.Start(
        ["--name", name, "--bootstrap", $"http://127.0.0.1:{_bootstrapPort}", "--registry", $"http://127.0.0.1:{_registryPort}", .. more]);

    private async Task RegisteredAsync(params string[] names)
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_registryPort}");
        var client = new RegistryClient(channel);
        await Eventually.HoldsAsync(
            $"the registry has {string.Join(", ", names)} and nobody else",
            async () => (await client.ListAsync(new ListRequest())).Members.Select(member => member.Name).Order(StringComparer.Ordinal).ToArray(),
            found => found.SequenceEqual(names),
            found => string.Join(", ", found));
    }

    // On a busy machine there may be more outages than the test makes.
    private static void AssertTellsEachOutageOnce(PeerProcess peer, string service)
    {
        string[] told = [.. peer.Output.Where(line =>
            line.Contains($"{service} is away, ", StringComparison.Ordinal) || line.Contains($"{service} is back", StringComparison.Ordinal))];
        for (var i = 0; i < told.Length; i++)
        {
            Assert.True(told[i].Contains(" is away, ", StringComparison.Ordinal) == (i % 2 == 0), $"{service} was not lost and back in turn:\n{string.Join('\n', told)}");
        }
    }
}
