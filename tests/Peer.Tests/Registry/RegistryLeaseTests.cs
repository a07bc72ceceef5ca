using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Registry;
using ChittyChat.TestSupport;
using Grpc.Core;

namespace ChittyChat.Peer.Tests.Registry;

public sealed class RegistryLeaseTests : IAsyncLifetime, IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ErrorLogs _logs = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly RegisteredMember _self = new() { Id = "1", Name = "alice", Session = 7, GossipAddress = "127.0.0.1:1", GrpcAddress = "http://127.0.0.1:2", Version = "1" };
    private ScriptedRegistry _registry = null!;
    private RegistryLease _lease = null!;
    private Task _run = Task.CompletedTask;
    private TimeSpan? _wait;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _lease = new RegistryLease(_registry.Address, _self.Clone, _time, new Random(1), _logs.CreateLogger("registry"));
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _run.ComesAsync("the end of the lease");
        await _registry.DisposeAsync();
    }

    public void Dispose()
    {
        _lease.Dispose();
        _stopping.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task It_registers_at_once_and_renews_within_every_third_of_the_lease()
    {
        await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await ArmedAsync();
            Assert.InRange(_wait!.Value, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10));
            await TickAsync();
            Assert.Equal("renew 1", await _registry.NextCallAsync());
        }
    }

    [Fact]
    public async Task It_registers_again_when_the_registry_has_forgotten_it()
    {
        await StartAsync();
        _registry.Forget();
        await TickAsync();

        Assert.Equal("renew 1", await _registry.NextCallAsync());
        Assert.Equal("register alice 7", await _registry.NextCallAsync());
        await ArmedAsync();
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public async Task It_registers_again_when_the_peer_goes_on_as_another_session()
    {
        await StartAsync();
        _self.Session = 8;
        await TickAsync();

        Assert.Equal("register alice 8", await _registry.NextCallAsync());
        await TickAsync();
        Assert.Equal("renew 1", await _registry.NextCallAsync());
    }

    [Fact]
    public async Task It_keeps_trying_while_the_registry_is_away_and_says_so_once()
    {
        await StartAsync();
        await ArmedAsync();
        _registry.Failure = new Status(StatusCode.Unavailable, "Redis is away");
        for (var i = 0; i < 3; i++)
        {
            await TickAsync();
            Assert.Equal("renew 1", await _registry.NextCallAsync());
        }

        await ArmedAsync();
        _registry.Failure = null;
        await TickAsync();
        Assert.Equal("renew 1", await _registry.NextCallAsync());
        await ArmedAsync();

        Assert.Equal(
            [
                "Warning registry: The registry is away, this peer is not listed until it is back, the chat goes on: Unavailable: Redis is away",
                "Information registry: The registry is back",
            ],
            _logs.Lines);
    }

    [Fact]
    public async Task It_starts_while_the_registry_is_away()
    {
        _registry.Failure = new Status(StatusCode.Unavailable, "Redis is away");
        await StartAsync();
        await ArmedAsync();
        _registry.Failure = null;
        await TickAsync();
        Assert.Equal("register alice 7", await _registry.NextCallAsync());
        await TickAsync();
        Assert.Equal("renew 1", await _registry.NextCallAsync());
    }

    [Fact]
    public async Task A_registry_that_does_not_answer_is_given_up_after_three_seconds()
    {
        await StartAsync();
        await ArmedAsync();
        _registry.Hangs = true;
        await TickAsync();
        Assert.Equal("renew 1", await _registry.NextCallAsync());
        _time.Advance(TimeSpan.FromSeconds(3));
        await ArmedAsync();

        Assert.Equal(
            "Warning registry: The registry is away, this peer is not listed until it is back, the chat goes on: DeadlineExceeded: no answer within 3 s",
            Assert.Single(_logs.Lines));
    }

    [Fact]
    public async Task Its_list_has_the_gossip_addresses_of_all()
    {
        await StartAsync();
        Assert.Equal(["127.0.0.1:1"], await _lease.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_list_that_cannot_be_had_is_an_error_and_not_empty()
    {
        _registry.Failure = new Status(StatusCode.Unavailable, "Redis is away");
        var thrown = await Assert.ThrowsAsync<RpcException>(() => _lease.ListAsync(CancellationToken.None));
        Assert.Equal(StatusCode.Unavailable, thrown.StatusCode);
    }

    [Fact]
    public async Task It_deregisters_only_what_was_registered()
    {
        await _lease.DeregisterAsync(CancellationToken.None);
        Assert.False(_registry.TryNextCall(out _));

        await StartAsync();
        await ArmedAsync();
        await _lease.DeregisterAsync(CancellationToken.None);
        Assert.Equal("deregister 1", await _registry.NextCallAsync());
    }

    private async Task StartAsync()
    {
        _run = _lease.RunAsync(_stopping.Token);
        Assert.Equal("register alice 7", await _registry.NextCallAsync());
    }

    private async Task TickAsync()
    {
        await ArmedAsync();
        // Not further: the time limit of the call that begins then would run out at once.
        _time.Advance(_wait!.Value);
        _wait = null;
    }

    // The lease has done its step, and waits for the next one; the time limit of a call is another timer.
    private async Task ArmedAsync() => _wait ??= await _time.NextWaitAsync(wait => wait != TimeSpan.FromSeconds(3));
}
