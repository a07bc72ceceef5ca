using System.Diagnostics.Metrics;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The list upon stores that do not behave.</summary>
public sealed class EntryPointListTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ErrorLogs _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<BootstrapMetrics>().BuildServiceProvider();

    public void Dispose()
    {
        _services.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task Who_waits_too_long_for_the_store_hears_unavailable()
    {
        var store = new HangingStore();
        using var list = NewList(store, _time);
        var first = list.ReadAsync(CancellationToken.None);
        await store.Reached.ComesAsync("the first request at the store");
        var second = list.ReadAsync(CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromMilliseconds(1));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("The store was busy for 2 s. Try again later.", (await Assert.ThrowsAsync<StoreUnavailableException>(() => second)).Message);
        store.Release();
        Assert.Equal(Verdict.Read, (await first.ComesAsync("the first answer")).Verdict);
    }

    [Fact]
    public async Task Not_more_than_a_thousand_wait_for_the_store()
    {
        var store = new HangingStore();
        using var list = NewList(store, _time);
        var waiting = Enumerable.Range(0, 1001).Select(_ => list.ReadAsync(CancellationToken.None)).ToArray();

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => list.ReadAsync(CancellationToken.None));

        Assert.Equal("1000 requests wait for the store already. Try again later.", e.Message);
        store.Release();
        Assert.All(await Task.WhenAll(waiting).ComesAsync("all answers"), change => Assert.Equal(Verdict.Read, change.Verdict));
    }

    [Fact]
    public async Task A_caller_who_goes_away_gives_its_turn_up()
    {
        var store = new HangingStore();
        using var list = NewList(store, _time);
        using var cancellation = new CancellationTokenSource();
        var first = list.ReadAsync(CancellationToken.None);
        var second = list.ReadAsync(cancellation.Token);
        var third = list.ReadAsync(CancellationToken.None);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        store.Release();
        await Task.WhenAll(first, third).ComesAsync("the answers of those who stayed");
    }

    [Fact]
    public async Task A_store_where_others_always_come_first_is_unavailable_in_the_end()
    {
        var store = new ContendedStore();
        using var list = NewList(store, new PatientTime());

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => list.ResetAsync(CancellationToken.None).ComesAsync("an answer"));

        Assert.Equal(("Other writers of the store came first 20 times in a row. Try again later.", 20), (e.Message, store.Writes));
    }

    [Fact]
    public async Task What_happens_is_counted()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=1");
        var counted = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        var factory = service.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "ChittyChat.Bootstrap" && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        void Count(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags, long value)
        {
            var key = tags.IsEmpty ? name : $"{name} {tags[0].Value}";
            lock (counted)
            {
                counted[key] = counted.GetValueOrDefault(key) + value;
            }
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument.Name, tags, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Count(instrument.Name, tags, value));
        listener.Start();

        var client = service.Client;
        await client.JoinAsync("a", new() { Name = "a", Address = "a:1" }, "token-of-contact-a");
        await client.JoinAsync("b", new() { Name = "b", Address = "a:1" }, "token-of-contact-b");
        await client.RenewAsync("a", "token-of-contact-a");
        await client.RefillAsync(new() { Id = "b", Name = "b", Address = "a:1", Members = 2, UptimeSeconds = 9 }, "token-of-contact-b");
        service.Time.Advance(TimeSpan.FromSeconds(30));
        await client.JoinAsync("a", new() { Name = "a", Address = "a:1" }, "token-of-contact-a");
        listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "bootstrap.contacts 1", "bootstrap.departures lapsed 1", "bootstrap.departures replaced 1", "bootstrap.joins added 2",
                "bootstrap.joins full 1", "bootstrap.refills replaced 1", "bootstrap.renewals renewed 1",
            ],
            counted.Select(pair => $"{pair.Key} {pair.Value}"));
    }

    private EntryPointList NewList(IContactStore store, TimeProvider time) => new(
        store, Options.Create(new BootstrapOptions()), time, new Random(1), _services.GetRequiredService<BootstrapMetrics>(), _logs.CreateLogger<EntryPointList>());

    private sealed class HangingStore : IContactStore
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<StoredBook?> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public string Kind => "hanging";

        public string Place => "nowhere";

        public void Release() => _released.SetResult(null);

        public Task<StoredBook?> ReadAsync(CancellationToken cancellationToken)
        {
            _reached.TrySetResult();
            return _released.Task;
        }

        public Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class ContendedStore : IContactStore
    {
        public int Writes { get; private set; }

        public string Kind => "contended";

        public string Place => "nowhere";

        public Task<StoredBook?> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<StoredBook?>(null);

        public Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken)
        {
            Writes++;
            return Task.FromResult(false);
        }
    }
}
