using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using ChittyChat.TestSupport;
using Grpc.Core;
using static ChittyChat.Registry.Tests.MemberExamples;
using Kind = ChittyChat.Contracts.V1.Change.Types.Kind;

namespace ChittyChat.Registry.Tests;

/// <summary>Watch over gRPC on loopback, with members in memory and a clock of the test.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private RunningRegistry? _registry;

    private RunningRegistry Registry => _registry!;

    public async Task InitializeAsync() => _registry = await RunningRegistry.StartAsync(time: _time);

    public async Task DisposeAsync() => await Registry.DisposeAsync();

    [Fact]
    public async Task A_watcher_gets_a_snapshot_and_then_every_change()
    {
        await Registry.RegisterAsync(Member("a"));
        using var watch = await Registry.WatchAsync();
        var snapshot = await watch.SnapshotAsync();
        Assert.Equal([Member("a")], snapshot.Members);

        await Registry.RegisterAsync(Member("b"));
        await Registry.RegisterAsync(Member("a", port: 6001));
        await Registry.Client.DeregisterAsync(new DeregisterRequest { Id = "b" });

        var changes = new[] { await watch.ChangeAsync(), await watch.ChangeAsync(), await watch.ChangeAsync() };
        Assert.Equal([(Kind.Registered, Member("b")), (Kind.Updated, Member("a", port: 6001)), (Kind.Deregistered, Member("b"))], changes.Select(c => (c.Kind, c.Member)));
        Assert.Equal((await Registry.Client.ListAsync(new ListRequest())).Revision, changes[2].Revision);
    }

    [Fact]
    public async Task A_watcher_is_told_within_half_a_second_that_a_lease_ran_out()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Registry.RegisterAsync(Member("a"));
        using var watch = await Registry.WatchAsync();
        await watch.SnapshotAsync();

        _time.Advance(TimeSpan.FromSeconds(10) + ChangeFeed.Interval);

        var change = await watch.ChangeAsync();
        Assert.Equal((Kind.Expired, Member("a")), (change.Kind, change.Member));
    }

    [Fact]
    public async Task Resuming_gives_just_what_was_missed_and_then_every_change()
    {
        using (var first = await Registry.WatchAsync())
        {
            await first.SnapshotAsync();
            await Registry.RegisterAsync(Member("a"));
            await first.ChangeAsync();
            await Registry.RegisterAsync(Member("b"));
            await Registry.RegisterAsync(Member("c"));

            using var second = await Registry.WatchAsync(first.Revision);
            Assert.Equal("b", (await second.ChangeAsync()).Member.Id);
            Assert.Equal("c", (await second.ChangeAsync()).Member.Id);
            await Registry.RegisterAsync(Member("d"));
            Assert.Equal("d", (await second.ChangeAsync()).Member.Id);
        }

        await Registry.Metrics.WaitForAsync("registry.watchers", 0);
    }

    [Fact]
    public async Task Resuming_from_the_newest_revision_gives_nothing_but_what_comes()
    {
        await Registry.RegisterAsync(Member("a"));
        var list = await Registry.Client.ListAsync(new ListRequest());
        using var watch = await Registry.WatchAsync(list.Revision);

        await Registry.RegisterAsync(Member("b"));
        Assert.Equal("b", (await watch.ChangeAsync()).Member.Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(ulong.MaxValue)]
    public async Task Resuming_from_an_unknown_revision_gives_a_snapshot(ulong unknown)
    {
        await Registry.RegisterAsync(Member("a"));
        using var watch = await Registry.WatchAsync(unknown);

        Assert.Equal([Member("a")], (await watch.SnapshotAsync()).Members);
    }

    [Fact]
    public async Task Many_watchers_see_the_same_changes_in_the_same_order()
    {
        var watches = new List<WatchReader>();
        for (var i = 0; i < 20; i++)
        {
            watches.Add(await Registry.WatchAsync());
            await watches[i].SnapshotAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Registry.RegisterAsync(Member($"m{i}"))));

        var seen = new List<string>();
        foreach (var watch in watches)
        {
            var revisions = new List<ulong>();
            for (var i = 0; i < 50; i++)
            {
                revisions.Add((await watch.ChangeAsync()).Revision);
            }

            Assert.Equal(revisions.Distinct().Order(), revisions);
            seen.Add(string.Join(' ', revisions));
            watch.Dispose();
        }

        Assert.Single(seen.Distinct());
    }

    [Fact]
    public async Task Watching_while_members_come_misses_none_and_repeats_none()
    {
        var coming = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await Registry.RegisterAsync(Member($"m{i:d3}"));
            }
        });
        while (!coming.IsCompleted)
        {
            using var watch = await Registry.WatchAsync();
            var ids = (await watch.SnapshotAsync()).Members.Select(m => m.Id).ToList();
            if (ids.Count < 200)
            {
                ids.Add((await watch.ChangeAsync()).Member.Id);
            }

            Assert.Equal(Enumerable.Range(0, ids.Count).Select(i => $"m{i:d3}"), ids);
        }

        await coming;
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_ended_does_not_slow_the_others_and_can_resume()
    {
        using var slow = await Registry.WatchAsync();
        using var quick = await Registry.WatchAsync();
        await slow.SnapshotAsync();
        await quick.SnapshotAsync();

        // Members of the greatest length fill the connection's buffers soonest.
        var written = 0;
        while (Registry.Metrics.Sum("registry.watchers.dropped") == 0)
        {
            Assert.True(written < IMemberStore.History, "The slow watcher still was not ended when the whole history had been written.");
            var member = LongestMember(0);
            member.Session = (ulong)++written;
            await Registry.RegisterAsync(member);
            Assert.Equal(member, (await quick.ChangeAsync()).Member);
        }

        var end = await slow.EndAsync();
        Assert.Equal(StatusCode.ResourceExhausted, end.StatusCode);
        Assert.Equal("This watcher reads too slowly: 256 changes were waiting for it. Watch again from the last revision seen.", end.Detail);

        var list = await Registry.Client.ListAsync(new ListRequest());
        Assert.True(slow.Revision < list.Revision);
        using var resumed = await Registry.WatchAsync(slow.Revision);
        var change = await resumed.ChangeAsync();
        Assert.True(change.Revision > slow.Revision);
        while (change.Revision < list.Revision)
        {
            change = await resumed.ChangeAsync();
        }

        Assert.Equal(list.Members.Single(), change.Member);
    }

    [Fact]
    public async Task Watchers_beyond_the_limit_are_refused_until_one_leaves()
    {
        var watches = new List<WatchReader>();
        for (var i = 0; i < ChangeFeed.MaxWatchers; i++)
        {
            watches.Add(await Registry.WatchAsync());
        }

        using (var refused = await Registry.WatchAsync())
        {
            Assert.Equal(StatusCode.ResourceExhausted, (await refused.EndAsync()).StatusCode);
        }

        watches[0].Dispose();
        await Registry.Metrics.WaitForAsync("registry.watchers", ChangeFeed.MaxWatchers - 1);
        using var welcome = await Registry.WatchAsync();
        await welcome.SnapshotAsync();
        watches.ForEach(w => w.Dispose());
    }

    [Fact]
    public async Task Stopping_the_registry_ends_its_watchers_at_once_and_says_why()
    {
        using var watch = await Registry.WatchAsync();
        await watch.SnapshotAsync();
        var stopping = Registry.StopAsync();

        var end = await watch.EndAsync();
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
        Assert.StartsWith("The registry is stopping.", end.Detail, StringComparison.Ordinal);
        await stopping.ComesAsync("the end of the registry");
    }
}
