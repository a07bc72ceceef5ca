using System.Threading.Channels;
using ChittyChat.TestSupport;

namespace ChittyChat.BootstrapApi.Tests;

/// <summary>The keeper against the real service. The keeper and the service have a clock each, both the test's.</summary>
public sealed class EntryPointKeeperTests
{
    private const string Admin = RunningBootstrap.AdminToken;

    // A listed peer renews before this has passed; a third of a lease of 30 s.
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromSeconds(10);

    // A peer that is not listed offers itself before this has passed; one and a half leases.
    private static readonly TimeSpan OfferPeriod = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Whoever_joins_learns_the_contacts_and_is_one()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await using var first = new Peer(service, "first");
        await using var second = new Peer(service, "second");

        Assert.Equal(["first"], (await first.Keeper.JoinAsync()).Contacts.Select(c => c.Id));
        Assert.Equal(["first", "second"], (await second.Keeper.JoinAsync()).Contacts.Select(c => c.Id));

        Assert.True(second.Keeper.Status.Listed);
    }

    [Fact]
    public async Task A_listed_peer_renews_in_time()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer");
        await peer.Keeper.JoinAsync();
        peer.Run();
        for (var i = 0; i < 10; i++)
        {
            service.Time.Advance(RenewalPeriod);

            var status = await peer.NextStatusWithinAsync(RenewalPeriod);

            Assert.Equal((true, null), (status.Listed, status.Failure));
            Assert.Equal(service.Time.GetUtcNow().AddSeconds(30), status.List!.Contacts.Single().LeaseExpires);
        }
    }

    [Fact]
    public async Task A_peer_that_found_the_list_full_comes_in_when_there_is_room()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=1");
        await JoinAsync(service, "other");
        await using var peer = new Peer(service, "peer", members: 2);
        Assert.Equal(["other"], (await peer.Keeper.JoinAsync()).Contacts.Select(c => c.Id));
        Assert.False(peer.Keeper.Status.Listed);
        peer.Run();

        service.Time.Advance(TimeSpan.FromSeconds(30));

        var status = await peer.NextStatusWithinAsync(OfferPeriod);
        Assert.True(status.Listed);
        Assert.Equal(["peer"], status.List!.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task An_older_peer_takes_the_place_of_a_newer_one_after_a_while()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=1");
        await using var peer = new Peer(service, "peer", members: 2);
        peer.Time.Advance(TimeSpan.FromMinutes(1));
        await JoinAsync(service, "newer");
        await peer.Keeper.JoinAsync();
        peer.Run();

        var status = await peer.NextStatusWithinAsync(OfferPeriod);

        Assert.True(status.Listed);
        Assert.Equal(["peer"], status.List!.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task A_peer_that_sees_too_few_members_leaves_the_list_alone_but_reads_it()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MinRefillCandidates=5");
        await using var peer = new Peer(service, "peer", members: 4);
        peer.Run();
        await JoinAsync(service, "other");

        var status = await peer.NextStatusWithinAsync(OfferPeriod);

        Assert.Equal((false, null), (status.Listed, status.Failure));
        Assert.Equal(["other"], status.List!.Contacts.Select(c => c.Id));
        peer.Members = 5;
        Assert.True((await peer.NextStatusWithinAsync(OfferPeriod)).Listed);
    }

    [Fact]
    public async Task A_lonely_peer_fills_an_empty_list()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer", members: 1);
        peer.Run();

        Assert.True((await peer.NextStatusWithinAsync(OfferPeriod)).Listed);
    }

    [Fact]
    public async Task After_a_reset_the_peer_is_back_within_two_thirds_of_a_lease()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer");
        await peer.Keeper.JoinAsync();
        peer.Run();

        await service.Client.ResetAsync(Admin);

        var lost = await peer.NextStatusWithinAsync(RenewalPeriod);
        Assert.Equal((false, BootstrapFailure.NotFound), (lost.Listed, lost.Failure?.Failure));
        var back = await peer.NextStatusWithinAsync(RenewalPeriod);
        Assert.Equal((true, null), (back.Listed, back.Failure));
    }

    [Fact]
    public async Task While_the_service_is_away_the_last_list_stays_known_and_the_peer_goes_on_trying()
    {
        var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer");
        var list = await peer.Keeper.JoinAsync();
        peer.Run();

        await service.DisposeAsync();

        for (var i = 0; i < 3; i++)
        {
            var status = await peer.NextStatusWithinAsync(RenewalPeriod);
            Assert.Equal(BootstrapFailure.Unreachable, status.Failure?.Failure);
            Assert.Same(list, status.List);
        }
    }

    [Fact]
    public async Task A_join_that_fails_says_why()
    {
        var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer");
        await service.DisposeAsync();

        var e = await Assert.ThrowsAsync<BootstrapException>(() => peer.Keeper.JoinAsync());

        Assert.Equal(BootstrapFailure.Unreachable, e.Failure);
        Assert.Equal(new EntryPointStatus(Listed: false, List: null, e), peer.Keeper.Status);
    }

    [Fact]
    public async Task Who_leaves_is_off_the_list_at_once()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await using var peer = new Peer(service, "peer");
        await peer.Keeper.JoinAsync();

        await peer.Keeper.LeaveAsync();

        Assert.Empty((await service.Client.ListAsync()).Contacts);
        Assert.False(peer.Keeper.Status.Listed);
    }

    [Fact]
    public async Task Peers_that_lost_their_places_together_do_not_come_back_together()
    {
        const int Peers = 20;
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=100");
        var delays = new List<TimeSpan>();
        for (var seed = 0; seed < Peers; seed++)
        {
            await using var peer = new Peer(service, $"peer-{seed}", seed: seed);
            peer.Run();
            delays.Add(await peer.Time.NextWaitAsync());
        }

        var lengths = delays.Select(delay => delay.TotalSeconds).Order().ToArray();
        Assert.InRange(lengths[0], 1, 5);
        Assert.InRange(lengths[^1], 7, 10);
        Assert.True(lengths.Distinct().Count() > Peers / 2, $"too many at the same time: {string.Join(", ", lengths)}");
    }

    private static Task<JoinResponse> JoinAsync(RunningBootstrap service, string id) =>
        service.Client.JoinAsync(id, new JoinRequest { Name = id, Address = "127.0.0.1:7946" }, ContactToken.Create());

    // A keeper with its clock, its loop and what it told.
    private sealed class Peer : IAsyncDisposable
    {
        private readonly HttpClient _http = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Channel<EntryPointStatus> _told = Channel.CreateUnbounded<EntryPointStatus>();
        private Task _running = Task.CompletedTask;

        public Peer(RunningBootstrap service, string id, int members = 1, int seed = 1)
        {
            Members = members;
            var client = new BootstrapClient(_http, service.Address, new Random(seed), RunningBootstrap.Once);
            Keeper = new EntryPointKeeper(client, new EntryPoint { Id = id, Name = id, Address = "127.0.0.1:7946" }, () => Members, Time, new Random(seed));
        }

        public ManualTimeProvider Time { get; } = new();

        public EntryPointKeeper Keeper { get; }

        public int Members { get; set; }

        public void Run()
        {
            Keeper.Changed += status => Assert.True(_told.Writer.TryWrite(status));
            _running = Keeper.RunAsync(_stop.Token);
        }

        // The keeper's clock moves by this much, and the keeper must have acted by then.
        public async Task<EntryPointStatus> NextStatusWithinAsync(TimeSpan period)
        {
            await Time.ArmedAsync(1);
            Time.Advance(period);
            return await _told.Reader.ReadAsync().AsTask().ComesAsync("what the keeper tells");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
            _http.Dispose();
        }
    }
}
