using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Tests.Core;

namespace ChittyChat.Membership.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Exchanges_tell_the_size_of_both_states_and_gossip_its_duration()
    {
        var measured = new ConcurrentDictionary<(string Node, string Name), double>();
        using var listener = Listen(measured);
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("metrics-a");
        var b = await nodes.StartAndJoinAsync("metrics-b", a);

        foreach (var name in new[] { "memberlist.size.local", "memberlist.size.remote", "memberlist.gossip" })
        {
            foreach (var node in new[] { a, b })
            {
                await TestNodes.UntilAsync(
                    node,
                    () => measured.GetValueOrDefault((node.Self.Name, name)) > 0,
                    () => $"{node.Self.Name} to measure {name}");
            }
        }

        Assert.Equal(measured[("metrics-a", "memberlist.size.local")], measured[("metrics-b", "memberlist.size.remote")]);
        Assert.Equal(measured[("metrics-b", "memberlist.size.local")], measured[("metrics-a", "memberlist.size.remote")]);
    }

    [Fact]
    public void Impairments_have_counters_of_their_own()
    {
        var measured = new ConcurrentDictionary<(string Node, string Name), double>();
        using var listener = Listen(measured);
        using var metrics = new MembershipMetrics("impaired");

        metrics.Degraded(Degradation.SlowedProbe);
        metrics.Degraded(Degradation.UnconfirmedTimeout);
        metrics.Degraded(Degradation.UnconfirmedTimeout);

        Assert.Equal(1, measured[("impaired", "memberlist.degraded.probe")]);
        Assert.Equal(2, measured[("impaired", "memberlist.degraded.timeout")]);
    }

    [Fact]
    public void A_node_that_is_unwell_counts_its_slowed_probes()
    {
        var fixture = new CoreFixture();
        fixture.Alive("other", 1);
        fixture.Pass(0.99);
        Assert.Empty(fixture.Degradations);

        // Nobody answers: the verdict makes the node doubt itself.
        fixture.Pass(3);

        Assert.Contains(Degradation.SlowedProbe, fixture.Degradations);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, false)]
    public void A_death_that_too_few_confirmed_is_counted(int confirmations, bool counted)
    {
        var fixture = new CoreFixture(o => o.ProbeInterval = TimeSpan.FromMinutes(10));
        for (var i = 0; i < 6; i++)
        {
            fixture.Alive($"other{i}", 1, 7100 + i);
        }

        fixture.Suspect("other0", 1, "other1");
        for (var i = 0; i < confirmations; i++)
        {
            fixture.Suspect("other0", 1, $"other{2 + i}");
        }

        var due = TimeSpan.FromMinutes(10) * 4 * (confirmations > 0 ? 1 : 6);
        fixture.Pass(due.TotalSeconds);

        Assert.Contains(fixture.Events, e => e.Kind == MemberEventKind.Failed && e.Member.Name == "other0");
        Assert.Equal(counted, fixture.Degradations.Contains(Degradation.UnconfirmedTimeout));
    }

    private static MeterListener Listen(ConcurrentDictionary<(string Node, string Name), double> measured)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "ChittyChat.Membership")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();
        return listener;

        // Of what is distributed the first: both ends of the first exchange.
        void Add(Instrument instrument, double value) =>
            measured.AddOrUpdate(((string)instrument.Meter.Tags!.Single().Value!, instrument.Name), value, (_, sum) => instrument is Counter<long> ? sum + value : sum);
    }
}
