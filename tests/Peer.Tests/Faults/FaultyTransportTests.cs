using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using ChittyChat.Membership;
using ChittyChat.Membership.Net;
using ChittyChat.Peer.Faults;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Faults;

/// <summary>Two sockets on loopback, one of them with faults, and a clock that stands still.</summary>
public sealed class FaultyTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ErrorLogs _logs = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource _end = new();
    private readonly SocketTransport _bob = SocketTransport.Bind(IPAddress.Loopback, 0);
    private readonly FaultInjector _faults;
    private readonly FaultyTransport _alice;

    public FaultyTransportTests()
    {
        _faults = new(new Random(1), _services.GetRequiredService<IMeterFactory>(), _logs.CreateLogger<FaultInjector>())
        {
            Members = () => [FaultInjectorTests.MemberAt("bob", _bob.LocalEndPoint)],
        };
        _alice = new(SocketTransport.Bind(IPAddress.Loopback, 0), _faults, _time);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
        _faults.Dispose();
        _services.Dispose();
        _end.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task What_is_cut_is_lost_in_the_direction_of_the_cut_only()
    {
        _faults.Cut("bob", FaultDirections.In);
        _alice.Send("out"u8, _bob.LocalEndPoint);
        Assert.Equal("out", await ReceiveAsync(_bob));

        // What comes after the lost one shows that the lost one is not to come any more: loopback keeps the order.
        await using var carol = SocketTransport.Bind(IPAddress.Loopback, 0);
        _bob.Send("lost"u8, _alice.LocalEndPoint);
        carol.Send("in"u8, _alice.LocalEndPoint);
        Assert.Equal("in", await ReceiveAsync(_alice));
    }

    [Fact]
    public async Task A_datagram_that_is_delayed_leaves_when_its_time_has_come()
    {
        _faults.Delay("bob", TimeSpan.FromMilliseconds(100), TimeSpan.Zero);
        _alice.Send("late"u8, _bob.LocalEndPoint);
        var waiting = ReceiveAsync(_bob);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("late", await waiting);
    }

    [Fact]
    public async Task A_datagram_that_comes_late_does_not_hold_up_one_that_does_not()
    {
        _faults.Delay("bob", TimeSpan.FromMilliseconds(100), TimeSpan.Zero);
        _bob.Send("slow"u8, _alice.LocalEndPoint);
        var first = ReceiveAsync(_alice);
        await UntilAsync(() => _time.ArmedTimers > 0, "the slow datagram to be held back");
        _faults.HealAll();
        _bob.Send("quick"u8, _alice.LocalEndPoint);
        Assert.Equal("quick", await first);

        var second = ReceiveAsync(_alice);
        Assert.False(second.IsCompleted);
        await UntilAsync(() => _time.ArmedTimers > 0, "the wait for the slow datagram");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("slow", await second);
    }

    [Fact]
    public async Task Nobody_answers_behind_a_cut_until_it_is_healed()
    {
        _faults.Cut("bob", FaultDirections.Out);
        var connecting = _alice.ConnectAsync(_bob.LocalEndPoint, _end.Token);
        Assert.False(connecting.IsCompleted);
        Assert.False(_alice.Serves("bob"));
        Assert.True(_alice.Serves("carol"));
        _faults.HealAll();
        await using var stream = await connecting.WaitAsync(Patience);
        Assert.True(_alice.Serves("bob"));
    }

    private async Task<string> ReceiveAsync(ITransport transport)
    {
        var buffer = new byte[65_536];
        var received = await transport.ReceiveAsync(buffer, _end.Token).AsTask().WaitAsync(Patience);
        return Encoding.UTF8.GetString(buffer, 0, received.Length);
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"waited for {what}");
            await Task.Yield();
        }
    }
}
