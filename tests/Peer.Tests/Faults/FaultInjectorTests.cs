using System.Diagnostics.Metrics;
using System.Net;
using ChittyChat.Membership;
using ChittyChat.Peer.Faults;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Faults;

public sealed class FaultInjectorTests : IDisposable
{
    private static readonly IPEndPoint Bob = new(IPAddress.Loopback, 1001);
    private static readonly IPEndPoint Carol = new(IPAddress.Loopback, 1002);

    private readonly ErrorLogs _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose()
    {
        _services.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public void Without_faults_everything_passes_at_once()
    {
        using var faults = Create();
        Assert.Equal(TimeSpan.Zero, faults.Judge(Bob, FaultDirections.Out));
        Assert.Equal(TimeSpan.Zero, faults.Lateness("bob"));
        Assert.True(faults.WhileCutAsync("bob", FaultDirections.Both, CancellationToken.None).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public void A_cut_hits_the_member_and_the_direction_that_it_names()
    {
        using var faults = Create();
        faults.Cut("bob", FaultDirections.Out);
        Assert.Null(faults.Judge(Bob, FaultDirections.Out));
        Assert.Equal(TimeSpan.Zero, faults.Judge(Bob, FaultDirections.In));
        Assert.Equal(TimeSpan.Zero, faults.Judge(Carol, FaultDirections.Out));
    }

    [Fact]
    public void A_cut_from_everybody_also_hits_addresses_that_nobody_knows()
    {
        using var faults = Create();
        faults.Cut(FaultInjector.Everybody, FaultDirections.Both);
        Assert.Null(faults.Judge(Bob, FaultDirections.In));
        Assert.Null(faults.Judge(new IPEndPoint(IPAddress.Loopback, 9), FaultDirections.In));
    }

    [Fact]
    public void A_member_stays_cut_off_after_membership_has_forgotten_it_and_at_a_new_address()
    {
        using var faults = Create();
        faults.Cut("bob", FaultDirections.Both);
        faults.Members = () => [MemberAt("carol", Carol)];
        Assert.Null(faults.Judge(Bob, FaultDirections.In));

        var elsewhere = new IPEndPoint(IPAddress.Loopback, 1003);
        faults.Members = () => [MemberAt("bob", elsewhere)];
        Assert.Null(faults.Judge(elsewhere, FaultDirections.In));
    }

    [Fact]
    public async Task Who_waits_at_a_cut_goes_on_when_it_is_healed_and_not_before()
    {
        using var faults = Create();
        faults.Cut("bob", FaultDirections.In);
        var waiting = faults.WhileCutAsync("bob", FaultDirections.Both, CancellationToken.None).AsTask();
        faults.Delay("bob", TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Assert.False(waiting.IsCompleted);
        Assert.True(faults.Heal("bob"));
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(faults.Heal("bob"));
    }

    [Fact]
    public void The_jitter_spreads_the_delay_to_both_sides_and_never_further()
    {
        using var faults = Create();
        faults.Delay("bob", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(20));
        TimeSpan[] drawn = [.. Enumerable.Range(0, 1_000).Select(_ => faults.Judge(Bob, FaultDirections.Out)!.Value)];
        Assert.All(drawn, late => Assert.InRange(late.TotalMilliseconds, 80, 120));
        Assert.Contains(drawn, late => late.TotalMilliseconds < 85);
        Assert.Contains(drawn, late => late.TotalMilliseconds > 115);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void So_much_is_lost_as_was_asked_for_and_the_same_for_the_same_seed(int seed)
    {
        bool[] Lost()
        {
            using var faults = Create(seed);
            faults.Lose("bob", 0.3);
            return [.. Enumerable.Range(0, 2_000).Select(_ => faults.Judge(Bob, FaultDirections.In) is null)];
        }

        var first = Lost();
        Assert.InRange(first.Count(lost => lost), 500, 700);
        Assert.Equal(first, Lost());
    }

    [Fact]
    public void What_a_reliable_link_loses_comes_later_and_never_not_at_all()
    {
        using var faults = Create();
        faults.Lose("bob", 1);
        // 200 ms, doubled five times: 200 + 400 + … + 6400.
        Assert.Equal(TimeSpan.FromMilliseconds(12_600), faults.Lateness("bob"));
    }

    [Fact]
    public void A_members_own_delay_outweighs_the_general_one_and_cuts_add_up()
    {
        using var faults = Create();
        faults.Delay(FaultInjector.Everybody, TimeSpan.FromSeconds(1), TimeSpan.Zero);
        faults.Cut(FaultInjector.Everybody, FaultDirections.In);
        faults.Delay("bob", TimeSpan.FromSeconds(2), TimeSpan.Zero);
        faults.Cut("bob", FaultDirections.Out);
        Assert.Equal(new LinkFaults { Cut = FaultDirections.Both, Delay = TimeSpan.FromSeconds(2) }, faults.Of("bob"));
        Assert.Equal(new LinkFaults { Cut = FaultDirections.In, Delay = TimeSpan.FromSeconds(1) }, faults.Of("carol"));
    }

    [Fact]
    public void Every_change_is_logged_and_what_it_does_is_counted()
    {
        using var counted = new MeterListener();
        long lost = 0;
        counted.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "chittychat.faults.injected")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        counted.SetMeasurementEventCallback<long>((_, count, tags, _) => lost += tags.ToArray().Any(tag => Equals(tag.Value, "cut")) ? count : 0);
        counted.Start();
        using var faults = Create();
        faults.Cut("bob", FaultDirections.Both);
        faults.Judge(Bob, FaultDirections.Out);
        faults.HealAll();
        Assert.Equal(1, lost);
        Assert.Contains(_logs.Lines, line => line.EndsWith("between this peer and bob: cut", StringComparison.Ordinal));
        Assert.Contains(_logs.Lines, line => line.EndsWith("are healed", StringComparison.Ordinal));
    }

    internal static Member MemberAt(string name, IPEndPoint address) =>
        new(name, address, ReadOnlyMemory<byte>.Empty, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);

    private FaultInjector Create(int seed = 1) =>
        new(new Random(seed), _services.GetRequiredService<IMeterFactory>(), _logs.CreateLogger<FaultInjector>()) { Members = () => [MemberAt("bob", Bob), MemberAt("carol", Carol)] };
}
