using System.Diagnostics.Metrics;
using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static ChittyChat.Registry.Tests.MemberExamples;

namespace ChittyChat.Registry.Tests.Store;

public sealed class RedisMemberStoreTests(RedisServer server) : MemberStoreContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private const string MembersKey = "chittychat:{registry}:members";
    private const string LeasesKey = "chittychat:{registry}:leases";
    private const string ChangesKey = "chittychat:{registry}:changes";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RegistryMetrics>().BuildServiceProvider();
    private readonly List<RedisMemberStore> _stores = [];
    private ConnectionMultiplexer? _admin;

    private protected override IMemberStore Store => _stores[0];

    private IDatabase Redis => _admin!.GetDatabase();

    public async Task InitializeAsync()
    {
        _admin = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await Redis.ExecuteAsync("FLUSHALL");
        Create(server.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        await _admin!.CloseAsync();
        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task It_does_the_same_as_its_twin_in_memory(int seed)
    {
        var random = new Random(seed);
        var twin = new MemoryMemberStore(Time);
        var positions = new List<Revision> { Revision.None, await PositionAsync() };
        var expired = 0;
        for (var step = 0; step < 400; step++)
        {
            var id = $"m{random.Next(6)}";
            var lease = TimeSpan.FromSeconds(random.Next(1, 8));
            var member = Member(id, port: 5000 + random.Next(2));
            var position = positions[random.Next(positions.Count)];
            Func<IMemberStore, Task<string>> call = random.Next(5) switch
            {
                0 => async store => $"{await store.RegisterAsync(member, lease, default)}",
                1 => async store => $"{await store.RenewAsync(id, lease, default)}",
                2 => async store => $"{await store.DeregisterAsync(id, default)}",
                3 => async store => Show(await store.ListAsync(default)),
                _ => async store => Show(await store.ChangesAfterAsync(position, default)),
            };
            Assert.Equal((seed, step, await call(twin)), (seed, step, await call(Store)));
            var latest = await Store.ChangesAfterAsync(positions[^1], default);
            expired += latest.Changes.Count(c => c.Kind == Change.Types.Kind.Expired);
            positions.Add(latest.Revision);
            Time.Advance(TimeSpan.FromMilliseconds(random.Next(0, 800)));
        }

        Assert.True(expired > 10, $"seed {seed} let only {expired} leases run out");

        static string Show(object result) => result switch
        {
            MemberList list => $"{list.Revision} {string.Join(' ', list.Members.OrderBy(m => m.Id, StringComparer.Ordinal))}",
            ChangeBatch batch => $"{batch.IsComplete} {batch.Revision} {batch.Members} {string.Join(' ', batch.Changes)}",
            _ => throw new ArgumentOutOfRangeException(nameof(result)),
        };
    }

    [Fact]
    public async Task The_keys_are_the_documented_ones()
    {
        await RegisterAsync(Member("a"));

        var keys = (string[])(await Redis.ExecuteAsync("KEYS", "*"))!;
        Assert.Equal([ChangesKey, LeasesKey, MembersKey], keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            """
            { "id": "a", "name": "alice", "session": "18369614221190033421", "gossipAddress": "127.0.0.1:5002", "grpcAddress": "http://127.0.0.1:5001", "started": "2026-09-21T14:13:20.123456789Z", "version": "1.2.0" }
            """,
            (string?)await Redis.HashGetAsync(MembersKey, "a"));
        Assert.Equal((double)Revision.Microseconds(Time.GetUtcNow() + Lease), await Redis.SortedSetScoreAsync(LeasesKey, "a"));
    }

    [Fact]
    public async Task Positions_from_before_the_data_was_lost_are_not_found_and_later_ones_are_higher()
    {
        await RegisterAsync(Member("a"));
        var before = await PositionAsync();
        await Redis.ExecuteAsync("FLUSHALL");
        Time.Advance(TimeSpan.FromMilliseconds(1));

        await RegisterAsync(Member("a"));
        Assert.False((await Store.ChangesAfterAsync(before, default)).IsComplete);
        Assert.True((await PositionAsync()).Value > before.Value);
    }

    [Fact]
    public async Task Positions_that_a_restored_older_dump_does_not_know_are_not_found()
    {
        await RegisterAsync(Member("a"));
        var kept = await PositionAsync();
        foreach (var key in new[] { MembersKey, LeasesKey, ChangesKey })
        {
            await Redis.ExecuteAsync("COPY", key, "dump:" + key);
        }

        await RegisterAsync(Member("lost"));
        var lost = await PositionAsync();
        foreach (var key in new[] { MembersKey, LeasesKey, ChangesKey })
        {
            await Redis.ExecuteAsync("RENAME", "dump:" + key, key);
        }

        Time.Advance(TimeSpan.FromMilliseconds(1));
        await RegisterAsync(Member("b"));
        await RegisterAsync(Member("c"));
        Assert.False((await Store.ChangesAfterAsync(lost, default)).IsComplete);
        Assert.Equal(["b", "c"], (await ChangesAsync(kept)).Select(c => c.Member.Id));
    }

    [Fact]
    public async Task Several_processes_share_one_list_even_if_one_clock_is_behind()
    {
        var behind = new ManualTimeProvider(Time.GetUtcNow() - TimeSpan.FromSeconds(1));
        var other = Create(server.ConnectionString, behind);
        var start = await PositionAsync();

        await RegisterAsync(Member("a"));
        await other.RegisterAsync(Member("b"), Lease, default);
        await RegisterAsync(Member("c"));

        var batch = await other.ChangesAfterAsync(start, default);
        Assert.Equal(["a", "b", "c"], batch.Changes.Select(c => c.Member.Id));
        Assert.Equal(batch.Changes.Select(c => c.Revision).Distinct().Order(), batch.Changes.Select(c => c.Revision));
        Assert.Equal((await Store.ListAsync(default)).Revision, (await other.ListAsync(default)).Revision);
    }

    [Fact]
    public async Task A_later_version_may_have_more_fields()
    {
        await RegisterAsync(Member("a"));
        await Redis.HashSetAsync(MembersKey, "a", """{ "id": "a", "name": "alice", "invented": { "later": 1 } }""");

        Assert.Equal("alice", Assert.Single((await Store.ListAsync(default)).Members).Name);
    }

    [Theory]
    [InlineData("HSET", MembersKey, "x", "no member", "it holds something that is no member")]
    [InlineData("SET", MembersKey, "x", null, "WRONGTYPE")]
    public async Task Foreign_data_under_its_keys_is_not_taken_for_an_empty_list(string command, string key, string value, string? more, string reason)
    {
        await Redis.ExecuteAsync(command, more is null ? [(RedisKey)key, value] : new object[] { (RedisKey)key, value, more });

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.ListAsync(default));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_named_as_the_reason_and_not_told()
    {
        var stranger = Create($"127.0.0.1:{server.Port},password=wrong-one");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => stranger.ListAsync(default));
        Assert.Contains($"127.0.0.1:{server.Port}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("it refuses the password", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hung_server_is_given_up_after_the_time_limit_and_counted()
    {
        var failures = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Name == "registry.store.failures" && ReferenceEquals(instrument.Meter.Scope, _services.GetRequiredService<IMeterFactory>()))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref failures, value));
        listener.Start();
        await using var hung = await RedisServer.StartNewAsync();
        var store = Create(hung.ConnectionString);
        await store.ListAsync(default);
        var admin = await ConnectionMultiplexer.ConnectAsync($"{hung.ConnectionString},allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "600000", "ALL");
        await admin.CloseAsync(allowCommandsToComplete: false);

        var listing = store.ListAsync(default);
        Time.Advance(Timeout - Microsecond);
        Assert.False(listing.IsCompleted);
        Time.Advance(Microsecond);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => listing);
        Assert.Contains("no answer within 2 s", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Interlocked.Read(ref failures));
    }

    [Fact]
    public void The_time_limit_that_is_told_comes_before_that_of_the_library()
    {
        var limit = TimeSpan.FromSeconds(30);
        var configuration = RedisMemberStore.WithLongerLimit(RedisMemberStore.ParseConnectionString(server.ConnectionString), limit);

        Assert.InRange(configuration.AsyncTimeout, limit.TotalMilliseconds + 1, double.MaxValue);
    }

    [Theory]
    [InlineData("password=hunter2")]
    [InlineData("127.0.0.1:6379,password=hunter2,connectTimeout=soon")]
    [InlineData("127.0.0.1:6379,password=hunter2,nosuchoption=1")]
    public void A_malformed_connection_string_is_refused_without_telling_the_password(string text)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => RedisMemberStore.ParseConnectionString(text));

        Assert.StartsWith("ConnectionStrings__redis ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    private RedisMemberStore Create(string connectionString, TimeProvider? time = null)
    {
        var store = new RedisMemberStore(
            RedisMemberStore.ParseConnectionString(connectionString),
            Timeout,
            time ?? Time,
            _services.GetRequiredService<RegistryMetrics>());
        _stores.Add(store);
        return store;
    }
}
