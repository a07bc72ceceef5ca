using System.Globalization;
using System.Net;
using ChittyChat.Contracts.V1;
using Google.Protobuf;
using StackExchange.Redis;
using Kind = ChittyChat.Contracts.V1.Change.Types.Kind;

namespace ChittyChat.Registry.Store;

/// <summary>
/// Members in Redis, under the keys that docs/registry.md describes. Every call is one run of registry.lua, with the time of this process:
/// processes that share a Redis need clocks that agree to well within a third of the lease.
/// </summary>
internal sealed class RedisMemberStore(ConfigurationOptions configuration, TimeSpan timeout, TimeProvider time, RegistryMetrics metrics)
    : IMemberStore, IAsyncDisposable
{
    // The braces keep the keys together in a Redis cluster, which a script over all three needs.
    private static readonly RedisKey[] Keys = ["chittychat:{registry}:members", "chittychat:{registry}:leases", "chittychat:{registry}:changes"];

    private static readonly string Script = ReadScript();

    // Members of a later version may have more fields.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    private readonly ConfigurationOptions _configuration = WithLongerLimit(configuration, timeout);
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connection;

    /// <summary>Reads a connection string such as <c>127.0.0.1:6379,password=…</c> and sets what the registry depends on.</summary>
    /// <exception cref="InvalidOperationException">It is malformed.</exception>
    public static ConfigurationOptions ParseConnectionString(string text)
    {
        ConfigurationOptions configuration;
        try
        {
            configuration = ConfigurationOptions.Parse(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException)
        {
            // The text itself stays out of the message: it may hold the password.
            throw new InvalidOperationException($"ConnectionStrings__redis is malformed; host:port,password=… is expected. {malformed.Message}", malformed);
        }

        if (configuration.EndPoints.Count == 0)
        {
            throw new InvalidOperationException("ConnectionStrings__redis names no server; host:port,password=… is expected.");
        }

        // A Redis that is not there yet, or goes away and returns, is an ordinary case: keep trying, for ever and at an even pace.
        configuration.AbortOnConnectFail = false;
        // Meanwhile say so at once instead of letting commands queue up.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ConnectTimeout = 2000;
        configuration.ReconnectRetryPolicy = new LinearRetry(2000);
        configuration.ClientName = "chittychat-registry";
        return configuration;
    }

    /// <summary>The library's own limit for an answer must not end a call before <paramref name="timeout"/> does, which is what the caller is told.</summary>
    internal static ConfigurationOptions WithLongerLimit(ConfigurationOptions configuration, TimeSpan timeout)
    {
        var longer = configuration.Clone();
        longer.AsyncTimeout = (int)(timeout + TimeSpan.FromSeconds(10)).TotalMilliseconds;
        return longer;
    }

    public async Task<bool> RegisterAsync(RegisteredMember member, TimeSpan lease, CancellationToken cancellationToken) =>
        await RunAsync("register", [member.Id, JsonFormatter.Default.Format(member), Expiry(lease)], ReadFlag, cancellationToken);

    public async Task<bool> RenewAsync(string id, TimeSpan lease, CancellationToken cancellationToken) =>
        await RunAsync("renew", [id, Expiry(lease)], ReadFlag, cancellationToken);

    public async Task<bool> DeregisterAsync(string id, CancellationToken cancellationToken) =>
        await RunAsync("deregister", [id], ReadFlag, cancellationToken);

    public async Task<MemberList> ListAsync(CancellationToken cancellationToken) =>
        await RunAsync("list", [], ReadList, cancellationToken);

    public async Task<ChangeBatch> ChangesAfterAsync(Revision after, CancellationToken cancellationToken) =>
        await RunAsync("changes", [after.ToString()], ReadChanges, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? connection;
        lock (_gate)
        {
            connection = _connection;
        }

        if (connection is { IsCompletedSuccessfully: true })
        {
            await (await connection).CloseAsync(allowCommandsToComplete: false);
        }
    }

    private async Task<T> RunAsync<T>(string operation, RedisValue[] operands, Func<RedisResult, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RedisValue[] arguments = [operation, Text(Revision.Microseconds(time.GetUtcNow())), IMemberStore.History, IMemberStore.Capacity, .. operands];
        try
        {
            return read(await EvaluateAsync(arguments).WaitAsync(timeout, time, cancellationToken));
        }
        catch (Exception failure) when (Explain(failure) is { } reason)
        {
            metrics.StoreFailed();
            throw new StoreUnavailableException(
                $"The registry's store, Redis at {Servers()}, is not available ({reason}), so it is not known who is here. Try again later.", failure);
        }
    }

    private async Task<RedisResult> EvaluateAsync(RedisValue[] arguments)
    {
        var connection = await ConnectAsync();
        // Without the script cache: a Redis that was restarted does not know the script's hash.
        return await connection.GetDatabase().ScriptEvaluateAsync(Script, Keys, arguments, CommandFlags.NoScriptCache);
    }

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        lock (_gate)
        {
            return _connection is null or { IsFaulted: true } ? _connection = ConnectionMultiplexer.ConnectAsync(_configuration) : _connection;
        }
    }

    private string? Explain(Exception failure) => failure switch
    {
        TimeoutException => string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds} s"),
        RedisConnectionException => IsAboutPassword(failure) ? "it refuses the password" : "there is no connection",
        RedisException redis => redis.Message,
        InvalidProtocolBufferException or InvalidJsonException => $"it holds something that is no member: {failure.Message}",
        _ => null,
    };

    // The reason is inside: the outermost exception only says that no connection could be had.
    private static bool IsAboutPassword(Exception? failure) =>
        failure is not null && (failure is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || IsAboutPassword(failure.InnerException));

    private string Servers() => string.Join(", ", _configuration.EndPoints.Select(e => e is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : e.ToString()));

    private string Expiry(TimeSpan lease) => Text(Revision.Microseconds(time.GetUtcNow() + lease));

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool ReadFlag(RedisResult result) => (long)result == 1;

    private static MemberList ReadList(RedisResult result)
    {
        var parts = Parts(result);
        return new MemberList(ReadRevision(parts[0]), [.. Parts(parts[1]).Select(ReadMember)]);
    }

    private static ChangeBatch ReadChanges(RedisResult result)
    {
        var parts = Parts(result);
        var changes = Parts(parts[3]).Chunk(3).Select(change => new Change
        {
            Revision = ReadRevision(change[0]).Value,
            Kind = Enum.Parse<Kind>(ReadText(change[1])),
            Member = ReadMember(change[2]),
        });
        return new ChangeBatch(ReadFlag(parts[0]), ReadRevision(parts[1]), (int)parts[2], [.. changes]);
    }

    private static RedisResult[] Parts(RedisResult result) => (RedisResult[]?)result ?? [];

    private static string ReadText(RedisResult result) => (string?)result ?? "";

    private static Revision ReadRevision(RedisResult result) => new(ulong.Parse(ReadText(result), CultureInfo.InvariantCulture));

    private static RegisteredMember ReadMember(RedisResult result) => Parser.Parse<RegisteredMember>(ReadText(result));

    private static string ReadScript()
    {
        using var stream = typeof(RedisMemberStore).Assembly.GetManifestResourceStream("registry.lua")
            ?? throw new InvalidOperationException("The resource registry.lua is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
