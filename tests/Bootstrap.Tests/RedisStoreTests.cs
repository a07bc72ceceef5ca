using ChittyChat.BootstrapApi;
using ChittyChat.TestSupport;
using StackExchange.Redis;

namespace ChittyChat.Bootstrap.Tests;

public sealed class RedisStoreTests(RedisServer redis) : ContactStoreContract, IClassFixture<RedisServer>
{
    private static readonly StoredBook Book = new(1, new ContactBook(new BootstrapConfig { MaxPeers = 3, MinRefillCandidates = 2, LeaseSeconds = 30 }, []));

    private RedisStore _store = null!;
    private ConnectionMultiplexer _connection = null!;

    private IDatabase Database => _connection.GetDatabase();

    private protected override IContactStore Open() => _store;

    public override async Task InitializeAsync()
    {
        _store = new RedisStore(redis.ConnectionString, new PatientTime());
        _connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await Database.KeyDeleteAsync(RedisStore.Key);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _store.DisposeAsync();
        _connection.Dispose();
    }

    [Fact]
    public async Task Everything_is_in_the_one_documented_hash()
    {
        await _store.TryWriteAsync(Book, CancellationToken.None);

        Assert.Equal("chittychat:bootstrap", RedisStore.Key);
        Assert.Equal(["book", "version"], (await Database.HashGetAllAsync(RedisStore.Key)).Select(field => (string)field.Name!).Order());
        Assert.Equal(1, (int)await Database.HashGetAsync(RedisStore.Key, "version"));
        Assert.Equal(1, (long)await Database.ExecuteAsync("DBSIZE"));
    }

    [Fact]
    public async Task A_value_that_is_not_ours_is_an_error_and_never_an_empty_list()
    {
        await Database.HashSetAsync(RedisStore.Key, [new HashEntry("version", 1), new HashEntry("book", "{")]);
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.ReadAsync(CancellationToken.None));
        Assert.StartsWith("The key chittychat:bootstrap in Redis is not a document of the bootstrap service: ", e.Message, StringComparison.Ordinal);

        await Database.KeyDeleteAsync(RedisStore.Key);
        await Database.StringSetAsync(RedisStore.Key, "something else");
        e = await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.ReadAsync(CancellationToken.None));
        Assert.Contains("WRONGTYPE", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_named_as_the_reason_and_not_repeated()
    {
        await using var store = new RedisStore($"127.0.0.1:{redis.Port},password=guessed-in-vain", new PatientTime());

        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(CancellationToken.None));

        Assert.StartsWith($"Redis at 127.0.0.1:{redis.Port} does not serve: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("guessed", e.ToString(), StringComparison.Ordinal);
    }
}
