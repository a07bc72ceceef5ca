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
        using var measured = new Measurements();
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("metrics-a");
        await nodes.StartAndJoinAsync("metrics-b", a);

        foreach (var name in new[] { "memberlist.size.local", "memberlist.size.remote", "memberlist.gossip" })
        {
            await measured.UntilAsync("metrics-a", name);
            await measured.UntilAsync("metrics-b", name);
        }

        Assert.Equal(measured["metrics-a", "memberlist.size.local"], measured["metrics-b", "memberlist.size.remote"]);
        Assert.Equal(measured["metrics-b", "memberlist.size.local"], measured["metrics-a", "memberlist.size.remote"]);
    }

    [Fact]
    public void Impairments_have_counters_of_their_own()
    {
        using var measured = new Measurements();
        using var metrics = new MembershipMetrics("impaired");

        metrics.Degraded(Degradation.SlowedProbe);
        metrics.Degraded(Degradation.UnconfirmedTimeout);
        metrics.Degraded(Degradation.UnconfirmedTimeout);

        Assert.Equal(1, measured["impaired", "memberlist.degraded.probe"]);
        Assert.Equal(2, measured["impaired", "memberlist.degraded.timeout"]);
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

    /// <summary>What the nodes of the library measure: of a counter the sum, of a distribution the first value (of both ends the same exchange).</summary>
    private sealed class Measurements : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly ConcurrentDictionary<(string Node, string Name), TaskCompletionSource> _first = new();
        private readonly ConcurrentDictionary<(string Node, string Name), double> _values = new();
        private readonly MeterListener _listener = new();

        public Measurements()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ChittyChat.Membership")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
            _listener.Start();
        }

        public double this[string node, string name] => _values[(node, name)];

        public async Task UntilAsync(string node, string name)
        {
            try
            {
                await First(node, name).Task.WaitAsync(Patience, TimeProvider.System);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"Waited {Patience.TotalSeconds} s in vain for {node} to measure {name}");
            }
        }

        public void Dispose() => _listener.Dispose();

        private TaskCompletionSource First(string node, string name) =>
            _first.GetOrAdd((node, name), _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        private void Add(Instrument instrument, double value)
        {
            var node = (string)instrument.Meter.Tags!.Single().Value!;
            _values.AddOrUpdate((node, instrument.Name), value, (_, sum) => instrument is Counter<long> ? sum + value : sum);
            First(node, instrument.Name).TrySetResult();
        }
    }
}
