using System.Net;
using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Grpc.Core;
using static ChittyChat.Registry.Tests.MemberExamples;
using Kind = ChittyChat.Contracts.V1.Change.Types.Kind;

namespace ChittyChat.Registry.Tests;

/// <summary>Registries on a real redis-server with a password, which goes away and returns empty.</summary>
public sealed class RedisOutageTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task Two_registries_on_one_redis_are_one()
    {
        await using var one = await RunningRegistry.StartAsync(redis.ConnectionString);
        await using var two = await RunningRegistry.StartAsync(redis.ConnectionString);
        using var watch = await two.WatchAsync();
        var snapshot = await watch.SnapshotAsync();

        await one.RegisterAsync(Member("shared"));
        Assert.Equal((Kind.Registered, Member("shared")), await NextAsync(watch));
        await two.Client.RenewAsync(new RenewRequest { Id = "shared" });
        await one.Client.DeregisterAsync(new DeregisterRequest { Id = "shared" });
        Assert.Equal((Kind.Deregistered, Member("shared")), await NextAsync(watch));

        using var resumed = await one.WatchAsync(snapshot.Revision);
        Assert.Equal((Kind.Registered, Member("shared")), await NextAsync(resumed));
        Assert.Equal((Kind.Deregistered, Member("shared")), await NextAsync(resumed));
    }

    [Fact]
    public async Task A_lease_runs_out_by_itself_and_every_registry_says_so()
    {
        await using var one = await RunningRegistry.StartAsync(redis.ConnectionString, settings: ("Registry:Lease", "00:00:01"));
        await using var two = await RunningRegistry.StartAsync(redis.ConnectionString);
        using var watch = await two.WatchAsync();
        await watch.SnapshotAsync();
        var before = TimeProvider.System.GetTimestamp();
        await one.RegisterAsync(Member("short"));
        Assert.Equal((Kind.Registered, Member("short")), await NextAsync(watch));

        Assert.Equal((Kind.Expired, Member("short")), await NextAsync(watch));

        // How soon it is said is tested with a clock of the test's own, in WatchTests; here, that it is not said too early.
        var elapsed = TimeProvider.System.GetElapsedTime(before);
        Assert.True(elapsed > TimeSpan.FromSeconds(0.95), $"The lease of 1 s was over after {elapsed.TotalSeconds} s.");
    }

    [Fact]
    public async Task A_restarted_registry_resumes_its_watchers_from_the_history_in_redis()
    {
        ulong revision;
        await using (var before = await RunningRegistry.StartAsync(redis.ConnectionString))
        {
            revision = (await before.Client.ListAsync(new ListRequest())).Revision;
            await before.RegisterAsync(Member("kept"));
        }

        await using var after = await RunningRegistry.StartAsync(redis.ConnectionString);
        using var watch = await after.WatchAsync(revision);
        Assert.Equal((Kind.Registered, Member("kept")), await NextAsync(watch));
        await after.Client.DeregisterAsync(new DeregisterRequest { Id = "kept" });
    }

    [Fact]
    public async Task While_redis_is_away_every_call_is_unavailable_and_afterwards_all_is_well()
    {
        await using var server = await RedisServer.StartNewAsync();
        await using var registry = await RunningRegistry.StartAsync(server.ConnectionString);
        await registry.RegisterAsync(Member("a"));
        using var watch = await registry.WatchAsync();
        Assert.Single((await watch.SnapshotAsync()).Members);
        Assert.Equal(HttpStatusCode.OK, (await registry.Http.GetAsync("/health")).StatusCode);

        await server.StopAsync();
        AssertUnavailable(server, await watch.EndAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await registry.Http.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await registry.Http.GetAsync("/alive")).StatusCode);
        Assert.Null(registry.Metrics.Observe("registry.members"));
        var client = registry.Client;
        Func<Task>[] calls =
        [
            async () => await client.ListAsync(new ListRequest()),
            async () => await client.RegisterAsync(new RegisterRequest { Member = Member("b") }),
            async () => await client.RenewAsync(new RenewRequest { Id = "a" }),
            async () => await client.DeregisterAsync(new DeregisterRequest { Id = "a" }),
            async () =>
            {
                using var refused = await registry.WatchAsync(watch.Revision);
                throw new RpcException(await refused.EndAsync());
            },
        ];
        foreach (var call in calls)
        {
            AssertUnavailable(server, (await Assert.ThrowsAsync<RpcException>(call)).Status);
        }

        await server.StartAsync();
        var (again, start) = await WatchWhenBackAsync(registry, watch.Revision);
        using var disposal = again;
        Assert.Empty(start.Members);
        var renewal = await Assert.ThrowsAsync<RpcException>(async () => await client.RenewAsync(new RenewRequest { Id = "a" }));
        Assert.Equal(StatusCode.NotFound, renewal.StatusCode);
        await registry.RegisterAsync(Member("a"));
        Assert.Equal((Kind.Registered, Member("a")), await NextAsync(again));
        Assert.Equal(HttpStatusCode.OK, (await registry.Http.GetAsync("/health")).StatusCode);
        Assert.Equal(1, registry.Metrics.Observe("registry.members"));
        // The four calls that ask the store, and at least one look at its changes.
        Assert.InRange(registry.Metrics.Sum("registry.store.failures"), 5, long.MaxValue);
        Assert.Single(registry.Logs.Lines, l => l.StartsWith("Warning ", StringComparison.Ordinal) && l.Contains("Calls are answered UNAVAILABLE until it is back", StringComparison.Ordinal));
        Assert.Single(registry.Logs.Lines, l => l.Contains("The store is back after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_that_starts_before_redis_serves_as_soon_as_redis_is_there()
    {
        await using var server = await RedisServer.StartNewAsync();
        await server.StopAsync();
        await using var registry = await RunningRegistry.StartAsync(server.ConnectionString);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await registry.Http.GetAsync("/health")).StatusCode);

        await server.StartAsync();
        var (watch, start) = await WatchWhenBackAsync(registry, 0);
        watch.Dispose();
        Assert.Empty(start.Members);
    }

    [Fact]
    public async Task Redis_losing_its_data_unnoticed_ends_the_watchers_and_gives_them_a_snapshot()
    {
        await using var server = await RedisServer.StartNewAsync();
        await using var registry = await RunningRegistry.StartAsync(server.ConnectionString);
        await registry.RegisterAsync(Member("a"));
        using var watch = await registry.WatchAsync();
        await watch.SnapshotAsync();
        var admin = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("FLUSHALL");
        await admin.CloseAsync();

        var end = await watch.EndAsync();
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
        Assert.Contains("its store lost data", end.Detail, StringComparison.Ordinal);
        using var again = await registry.WatchAsync(watch.Revision);
        Assert.Empty((await again.SnapshotAsync()).Members);
    }

    [Fact]
    public async Task A_wrong_password_keeps_the_registry_unhealthy_and_is_never_logged()
    {
        await using var registry = await RunningRegistry.StartAsync($"127.0.0.1:{redis.Port},password=wrong-one");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await registry.Client.ListAsync(new ListRequest()));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await registry.Http.GetAsync("/health")).StatusCode);
        Assert.DoesNotContain(registry.Logs.Lines, l => l.Contains("wrong-one", StringComparison.Ordinal));
        Assert.DoesNotContain("wrong-one", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static void AssertUnavailable(RedisServer server, Status status)
    {
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.StartsWith($"The registry's store, Redis at 127.0.0.1:{server.Port}, is not available (", status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Password, status.Detail, StringComparison.Ordinal);
    }

    private static async Task<(Kind Kind, RegisteredMember Member)> NextAsync(WatchReader watch)
    {
        var change = await watch.ChangeAsync();
        return (change.Kind, change.Member);
    }

    // As a client does: try again at an even pace.
    private static Task<(WatchReader Watch, Snapshot Start)> WatchWhenBackAsync(RunningRegistry registry, ulong after) => Eventually.HoldsAsync(
        "the registry is available again",
        async () =>
        {
            var watch = await registry.WatchAsync(after);
            try
            {
                return (watch, await watch.SnapshotAsync());
            }
            catch (RpcException)
            {
                watch.Dispose();
                throw;
            }
        },
        _ => true,
        _ => "");
}
