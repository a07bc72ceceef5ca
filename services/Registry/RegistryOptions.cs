namespace ChittyChat.Registry;

/// <summary>Settings of the registry, section <c>Registry</c>.</summary>
internal sealed class RegistryOptions
{
    public const string Section = "Registry";

    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestLease = TimeSpan.FromHours(1);
    public static readonly TimeSpan ShortestStoreTimeout = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestStoreTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long a member is listed without renewing.</summary>
    /// <value>10 seconds; 1 second to 1 hour.</value>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to wait for Redis before a call is answered UNAVAILABLE.</summary>
    /// <value>2 seconds; 0.1 to 30 seconds.</value>
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
