using ChittyChat.BootstrapApi;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace ChittyChat.Bootstrap;

/// <summary>The names of the stores, as they are configured and shown.</summary>
internal static class StoreKinds
{
    public const string Memory = "memory";
    public const string File = "file";
    public const string Redis = "redis";
}

/// <summary>The section <c>Bootstrap</c> of the configuration (environment: <c>Bootstrap__…</c>).</summary>
internal sealed class BootstrapOptions
{
    public const string Section = "Bootstrap";

    /// <summary>Where the list is kept.</summary>
    /// <value><c>memory</c>, <c>file</c> or <c>redis</c>; unless set, redis when there is a connection string named redis, else memory.</value>
    public string? Store
    {
        get;
        set => field = NullIfBlank(value);
    }

    /// <summary>The document of the file store.</summary>
    /// <value>A path, relative to the working directory; <c>bootstrap.json</c> unless set.</value>
    public string FilePath { get; set; } = "bootstrap.json";

    /// <summary>The greatest number of contacts, until it is changed by a call.</summary>
    /// <value>1 to 1000; 3 unless set.</value>
    public int MaxPeers { get; set; } = 3;

    /// <summary>How many members a peer must see before its refill counts, until it is changed by a call.</summary>
    /// <value>0 to 1,000,000; 2 unless set.</value>
    public int MinRefillCandidates { get; set; } = 2;

    /// <summary>How many seconds a contact stays without renewing, until it is changed by a call.</summary>
    /// <value>1 to 3600; 30 unless set.</value>
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>The longest uptime that a peer is believed to have had before the service first met it. What it claims beyond this is cut off.</summary>
    /// <value>0 (believe nothing) to 30 days; 1 day unless set.</value>
    public TimeSpan MaxClaimedUptime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The token for reset, configuration and removing any contact.</summary>
    /// <value>16 to 128 visible ASCII characters; unless set, those calls are refused.</value>
    public string? AdminToken
    {
        get;
        set => field = NullIfBlank(value);
    }

    /// <summary>The connection string named redis; not part of the section.</summary>
    public string? RedisConnectionString
    {
        get;
        set => field = NullIfBlank(value);
    }

    /// <summary>The store that the settings come to.</summary>
    public string EffectiveStore => Store ?? (RedisConnectionString is null ? StoreKinds.Memory : StoreKinds.Redis);

    /// <summary>The rules of a list that is not in the store yet.</summary>
    public BootstrapConfig InitialConfig => new() { MaxPeers = MaxPeers, MinRefillCandidates = MinRefillCandidates, LeaseSeconds = LeaseSeconds };

    // An environment variable that is set to nothing means the same as one that is not set.
    private static string? NullIfBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}

internal sealed class BootstrapOptionsValidator : IValidateOptions<BootstrapOptions>
{
    private static readonly TimeSpan GreatestUptime = TimeSpan.FromDays(30);

    public ValidateOptionsResult Validate(string? name, BootstrapOptions options)
    {
        // Each message begins with the field's name.
        var failures = RequestRules.Check(options.InitialConfig).Values.SelectMany(messages => messages)
            .Select(message => $"{BootstrapOptions.Section}__{char.ToUpperInvariant(message[0])}{message[1..]}").ToList();
        if (options.Store is not (null or StoreKinds.Memory or StoreKinds.File or StoreKinds.Redis))
        {
            failures.Add($"Bootstrap__Store is '{options.Store}'; memory, file or redis is expected.");
        }

        if (options.EffectiveStore == StoreKinds.File && string.IsNullOrWhiteSpace(options.FilePath))
        {
            failures.Add("Bootstrap__FilePath is empty; the path of a file is expected.");
        }

        if (options.EffectiveStore == StoreKinds.Redis)
        {
            CheckRedis(options.RedisConnectionString, failures);
        }

        if (options.MaxClaimedUptime < TimeSpan.Zero || options.MaxClaimedUptime > GreatestUptime)
        {
            failures.Add($"Bootstrap__MaxClaimedUptime is {options.MaxClaimedUptime}; 00:00:00 to {GreatestUptime} is expected.");
        }

        if (options.AdminToken is { } token && !RequestRules.IsToken(token))
        {
            failures.Add($"Bootstrap__AdminToken is no token: {RequestRules.TokenRule}");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    // The connection string holds a password, so it is never repeated.
    private static void CheckRedis(string? connectionString, List<string> failures)
    {
        if (connectionString is null)
        {
            failures.Add("Bootstrap__Store is redis, but ConnectionStrings__redis is not set; localhost:6379,password=… is expected.");
            return;
        }

        try
        {
            if (ConfigurationOptions.Parse(connectionString).EndPoints.Count == 0)
            {
                failures.Add("ConnectionStrings__redis names no server; localhost:6379,password=… is expected.");
            }
        }
        catch (ArgumentException e)
        {
            failures.Add($"ConnectionStrings__redis cannot be read ({e.GetType().Name}); localhost:6379,password=… is expected.");
        }
    }
}
