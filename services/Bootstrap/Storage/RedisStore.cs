using System.Net;
using System.Text.Json;
using StackExchange.Redis;

namespace ChittyChat.Bootstrap;

/// <summary>
/// Keeps the book in Redis, so that several instances of the service can share it: a hash with the fields <c>version</c> and <c>book</c>.
/// It connects at first use, and again by itself whenever the connection is lost; meanwhile every call says that the store is unavailable.
/// </summary>
internal sealed class RedisStore : IContactStore, IAsyncDisposable
{
    /// <summary>The only key.</summary>
    public const string Key = "chittychat:bootstrap";

    // KEYS[1] the hash; ARGV[1] the version that must be there, ARGV[2] the next version, ARGV[3] the document.
    private const string ReplaceScript =
        """
        if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then
          return 0
        end
        redis.call('HSET', KEYS[1], 'version', ARGV[2], 'book', ARGV[3])
        return 1
        """;

    // For connecting and for one command. Shorter than the clients' patience, so that they hear "unavailable" rather than nothing.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _connecting = new(1);
    private readonly ConfigurationOptions _options;
    private readonly TimeProvider _time;
    private ConnectionMultiplexer? _connection;

    /// <param name="connectionString">As StackExchange.Redis reads it.</param>
    /// <param name="time">Times connecting and commands.</param>
    public RedisStore(string connectionString, TimeProvider time)
    {
        _time = time;
        _options = ConfigurationOptions.Parse(connectionString);
        // Redis may come later than this service, and come back.
        _options.AbortOnConnectFail = false;
        // While it is away, say so at once instead of letting commands queue up.
        _options.BacklogPolicy = BacklogPolicy.FailFast;
        _options.ConnectTimeout = (int)Limit.TotalMilliseconds;
        // The limit of a call is ours; the library's must not come before it.
        _options.AsyncTimeout = (int)(Limit + TimeSpan.FromSeconds(10)).TotalMilliseconds;
        _options.ReconnectRetryPolicy = new LinearRetry((int)TimeSpan.FromSeconds(1).TotalMilliseconds);
        _options.ClientName = "chittychat-bootstrap";
    }

    public string Kind => StoreKinds.Redis;

    public string Place => string.Join(", ", _options.EndPoints.Select(e => e is DnsEndPoint named ? $"{named.Host}:{named.Port}" : e.ToString()));

    public Task<StoredBook?> ReadAsync(CancellationToken cancellationToken) => CallAsync(
        async database =>
        {
            byte[]? document = await database.HashGetAsync(Key, "book");
            return document is null ? null : StoredBookJson.Read(document);
        },
        cancellationToken);

    // The whole script goes over each time: a Redis that was restarted has forgotten the scripts it knew.
    public Task<bool> TryWriteAsync(StoredBook next, CancellationToken cancellationToken) => CallAsync(
        async database => (int)await database.ScriptEvaluateAsync(
            ReplaceScript, [Key], [next.Version - 1, next.Version, StoredBookJson.Write(next)], CommandFlags.NoScriptCache) == 1,
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.CloseAsync(allowCommandsToComplete: false);
            connection.Dispose();
        }

        _connecting.Dispose();
    }

    private async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync().WaitAsync(Limit, _time, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException(
                $"The key {Key} in Redis is not a document of the bootstrap service: {e.Message} Repair it, or delete the key to start with an empty list.", e);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new StoreUnavailableException(
                $"Redis at {Place} does not serve: {Explain(e)}. Start it, or correct the connection string; the service reconnects by itself.", e);
        }

        async Task<T> RunAsync() => await command((await ConnectAsync()).GetDatabase());
    }

    // The library's own messages about connections are a page of counters; the kind of failure, at the bottom of them, is what counts.
    private static string Explain(Exception e) => e switch
    {
        RedisConnectionException { InnerException: RedisConnectionException inner } => Explain(inner),
        RedisConnectionException connection => connection.FailureType.ToString(),
        TimeoutException => $"no answer within {Limit.TotalSeconds} s",
        _ => e.Message,
    };

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        if (Volatile.Read(ref _connection) is { } connected)
        {
            return connected;
        }

        await _connecting.WaitAsync();
        try
        {
            return _connection ??= await ConnectionMultiplexer.ConnectAsync(_options);
        }
        finally
        {
            _connecting.Release();
        }
    }
}
