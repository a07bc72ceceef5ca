using System.Diagnostics.Metrics;
using ChittyChat.BootstrapApi;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>What every store does alike: the store itself, and the list upon it.</summary>
public abstract class ContactStoreContract : IAsyncLifetime
{
    private static readonly BootstrapConfig TwoPeers = new() { MaxPeers = 2, MinRefillCandidates = 1, LeaseSeconds = 30 };

    private readonly ManualTimeProvider _time = new();
    private readonly ErrorLogs _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<IDisposable> _open = [];

    /// <summary>The store of this test; it was never written.</summary>
    private protected abstract IContactStore Open();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        _open.ForEach(list => list.Dispose());
        await _services.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task A_store_that_was_never_written_has_no_book() => Assert.Null(await Open().ReadAsync(CancellationToken.None));

    [Fact]
    public async Task A_written_book_is_read_as_it_was()
    {
        var store = Open();
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero);
        var contact = new StoredContact
        {
            Id = "a-1",
            Name = "ålice \"<😀>\"",
            Address = "[::1]:7946",
            Since = now,
            LeaseExpires = now.AddSeconds(30),
            Token = TokenHash.Of("secret"),
        };

        Assert.True(await store.TryWriteAsync(new StoredBook(1, new ContactBook(TwoPeers, [contact])), CancellationToken.None));

        var stored = await store.ReadAsync(CancellationToken.None);
        Assert.NotNull(stored);
        Assert.Equal(1, stored.Version);
        Assert.Equal(TwoPeers, stored.Book.Config);
        Assert.Equal(contact, Assert.Single(stored.Book.Contacts));
    }

    [Fact]
    public async Task A_write_upon_another_version_changes_nothing()
    {
        var store = Open();
        var book = new ContactBook(TwoPeers, []);
        var other = new ContactBook(TwoPeers with { MaxPeers = 9 }, []);
        Assert.False(await store.TryWriteAsync(new StoredBook(2, other), CancellationToken.None));
        Assert.True(await store.TryWriteAsync(new StoredBook(1, book), CancellationToken.None));
        Assert.True(await store.TryWriteAsync(new StoredBook(2, book), CancellationToken.None));

        Assert.False(await store.TryWriteAsync(new StoredBook(1, other), CancellationToken.None));
        Assert.False(await store.TryWriteAsync(new StoredBook(2, other), CancellationToken.None));
        Assert.False(await store.TryWriteAsync(new StoredBook(4, other), CancellationToken.None));

        var stored = await store.ReadAsync(CancellationToken.None);
        Assert.Equal((2, 2), (stored!.Version, stored.Book.Config.MaxPeers));
    }

    [Fact]
    public async Task Writers_side_by_side_lose_nothing()
    {
        const int Writers = 40;
        var store = Open();
        var config = TwoPeers with { MaxPeers = Writers };
        // They pause after a conflict, and that has to end by itself.
        var (first, second) = (NewList(store, config, new PatientTime()), NewList(store, config, new PatientTime()));

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(i =>
            Task.Run(() => (i % 2 == 0 ? first : second).JoinAsync(NewCandidate($"peer-{i}"), CancellationToken.None)))).ComesAsync("the answers to all");

        Assert.Equal(Enumerable.Range(0, Writers).Select(i => $"peer-{i}").Order(), (await IdsAsync(first)).Order());
        Assert.Equal(Writers, (await store.ReadAsync(CancellationToken.None))!.Version);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Reset_leaves_nobody(int joined)
    {
        var list = NewList();
        for (var i = 0; i < joined; i++)
        {
            await list.JoinAsync(NewCandidate($"peer-{i}"), CancellationToken.None);
        }

        await list.ResetAsync(CancellationToken.None);

        Assert.Empty(await IdsAsync(list));
    }

    [Fact]
    public async Task A_reset_keeps_the_rules()
    {
        var list = NewList();
        var rules = new BootstrapConfig { MaxPeers = 8, MinRefillCandidates = 5, LeaseSeconds = 7 };
        await list.ConfigureAsync(rules, CancellationToken.None);

        await list.ResetAsync(CancellationToken.None);

        Assert.Equal(rules, (await list.ReadAsync(CancellationToken.None)).Book.Config);
    }

    [Fact]
    public async Task Who_joins_is_on_the_list()
    {
        var list = NewList();

        Assert.Equal(Verdict.Added, (await list.JoinAsync(NewCandidate("a"), CancellationToken.None)).Verdict);

        Assert.Equal(["a"], await IdsAsync(list));
    }

    [Fact]
    public async Task A_full_list_takes_no_more_and_says_so()
    {
        var list = NewList();
        await list.JoinAsync(NewCandidate("a"), CancellationToken.None);
        await list.JoinAsync(NewCandidate("b"), CancellationToken.None);

        var third = await list.JoinAsync(NewCandidate("c"), CancellationToken.None);

        Assert.Equal((Verdict.Full, null), (third.Verdict, third.Contact));
        Assert.Equal(["a", "b"], await IdsAsync(list));
    }

    [Fact]
    public async Task Who_leaves_is_off_the_list_and_the_others_stay()
    {
        var list = NewList();
        await list.JoinAsync(NewCandidate("a"), CancellationToken.None);
        await list.JoinAsync(NewCandidate("b"), CancellationToken.None);

        await list.LeaveAsync("a", TokenHash.Of("token of a"), CancellationToken.None);
        Assert.Equal(["b"], await IdsAsync(list));

        await list.LeaveAsync("b", TokenHash.Of("token of b"), CancellationToken.None);
        Assert.Empty(await IdsAsync(list));
    }

    [Fact]
    public async Task To_leave_without_having_been_stored_changes_nothing()
    {
        var list = NewList();
        foreach (var id in new[] { "a", "b", "c" })
        {
            await list.JoinAsync(NewCandidate(id), CancellationToken.None);
        }

        Assert.Equal(Verdict.NotListed, (await list.LeaveAsync("c", TokenHash.Of("token of c"), CancellationToken.None)).Verdict);

        Assert.Equal(["a", "b"], await IdsAsync(list));
    }

    [Fact]
    public async Task A_refill_of_an_empty_list_adds()
    {
        var list = NewList();

        Assert.Equal(Verdict.Added, (await list.RefillAsync(StartedAt(10), members: 1, CancellationToken.None)).Verdict);

        Assert.Equal(["started-10"], await IdsAsync(list));
    }

    [Fact]
    public async Task A_join_and_a_refill_make_two()
    {
        var list = NewList();
        await list.JoinAsync(StartedAt(10), CancellationToken.None);
        await list.RefillAsync(StartedAt(20), members: 1, CancellationToken.None);

        Assert.Equal(["started-10", "started-20"], await IdsAsync(list));
    }

    [Fact]
    public async Task An_older_peer_takes_the_place_of_the_newest()
    {
        var list = NewList();
        await list.RefillAsync(StartedAt(10), members: 1, CancellationToken.None);
        await list.RefillAsync(StartedAt(20), members: 1, CancellationToken.None);

        var refill = await list.RefillAsync(StartedAt(1), members: 1, CancellationToken.None);

        Assert.Equal((Verdict.Replaced, "started-20"), (refill.Verdict, refill.Removed.Single().Id));
        Assert.Equal(["started-1", "started-10"], await IdsAsync(list));
    }

    [Theory]
    [InlineData(30, "newer than all")]
    [InlineData(20, "as old as the newest")]
    public async Task A_peer_that_is_not_older_than_the_newest_changes_nothing(int startedAt, string which)
    {
        var list = NewList();
        await list.JoinAsync(StartedAt(10), CancellationToken.None);
        await list.JoinAsync(StartedAt(20), CancellationToken.None);

        var refill = await list.RefillAsync(StartedAt(startedAt) with { Id = which.Replace(' ', '-') }, members: 1, CancellationToken.None);

        Assert.Equal(Verdict.NotOlder, refill.Verdict);
        Assert.Equal(["started-10", "started-20"], await IdsAsync(list));
    }

    [Fact]
    public async Task Ages_are_compared_as_numbers()
    {
        var list = NewList();
        await list.JoinAsync(StartedAt(9), CancellationToken.None);
        await list.JoinAsync(StartedAt(80), CancellationToken.None);

        Assert.Equal(Verdict.Replaced, (await list.RefillAsync(StartedAt(50), members: 1, CancellationToken.None)).Verdict);

        Assert.Equal(["started-9", "started-50"], await IdsAsync(list));
    }

    [Theory]
    [InlineData(8, 5)]
    [InlineData(3, 10)]
    [InlineData(2, 2)]
    public async Task The_rules_are_kept_as_they_were_set(int maxPeers, int minRefillCandidates)
    {
        var store = Open();
        var rules = new BootstrapConfig { MaxPeers = maxPeers, MinRefillCandidates = minRefillCandidates, LeaseSeconds = 3600 };

        await NewList(store, TwoPeers).ConfigureAsync(rules, CancellationToken.None);

        Assert.Equal(rules, (await NewList(store, TwoPeers).ReadAsync(CancellationToken.None)).Book.Config);
    }

    [Fact]
    public async Task A_shorter_list_loses_its_newest()
    {
        var list = NewList(Open(), TwoPeers with { MaxPeers = 4 });
        foreach (var second in new[] { 30, 10, 40, 20 })
        {
            await list.JoinAsync(StartedAt(second), CancellationToken.None);
        }

        var change = await list.ConfigureAsync(TwoPeers, CancellationToken.None);

        Assert.Equal(["started-40", "started-30"], change.Removed.Select(c => c.Id));
        Assert.Equal(["started-10", "started-20"], await IdsAsync(list));
    }

    [Fact]
    public async Task A_contact_that_does_not_renew_is_gone_from_the_store_when_its_lease_has_run_out()
    {
        var store = Open();
        var list = NewList(store, TwoPeers);
        await list.JoinAsync(NewCandidate("a"), CancellationToken.None);
        await list.JoinAsync(NewCandidate("b"), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(20));
        await list.RenewAsync("b", TokenHash.Of("token of b"), CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a", "b"], await IdsAsync(list));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["b"], await IdsAsync(list));

        Assert.Equal(["b"], (await store.ReadAsync(CancellationToken.None))!.Book.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task A_list_full_of_the_dead_takes_newcomers()
    {
        var list = NewList();
        await list.JoinAsync(NewCandidate("a"), CancellationToken.None);
        await list.JoinAsync(NewCandidate("b"), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(Verdict.Added, (await list.JoinAsync(NewCandidate("c"), CancellationToken.None)).Verdict);

        Assert.Equal(["c"], await IdsAsync(list));
    }

    private protected static Candidate NewCandidate(string id) => new(id, $"name of {id}", "127.0.0.1:7946", TimeSpan.Zero, TokenHash.Of($"token of {id}"));

    // As if the clock read 100 now, and the peer had started when it read that second.
    private static Candidate StartedAt(int second) => NewCandidate($"started-{second}") with { Uptime = TimeSpan.FromSeconds(100 - second) };

    private static async Task<IEnumerable<string>> IdsAsync(EntryPointList list) =>
        (await list.ReadAsync(CancellationToken.None)).Book.Contacts.Select(c => c.Id);

    private EntryPointList NewList() => NewList(Open(), TwoPeers);

    private protected EntryPointList NewList(IContactStore store, BootstrapConfig config, TimeProvider? time = null)
    {
        var options = Options.Create(new BootstrapOptions
        {
            MaxPeers = config.MaxPeers,
            MinRefillCandidates = config.MinRefillCandidates,
            LeaseSeconds = config.LeaseSeconds,
        });
        var metrics = new BootstrapMetrics(_services.GetRequiredService<IMeterFactory>());
        var list = new EntryPointList(store, options, time ?? _time, new Random(1), metrics, _logs.CreateLogger<EntryPointList>());
        _open.Add(list);
        _open.Add(metrics);
        return list;
    }
}

public sealed class MemoryStoreTests : ContactStoreContract
{
    private readonly MemoryStore _store = new();

    private protected override IContactStore Open() => _store;
}
