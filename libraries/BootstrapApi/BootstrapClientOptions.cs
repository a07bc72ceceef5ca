namespace ChittyChat.BootstrapApi;

/// <summary>How patient a <see cref="BootstrapClient"/> is.</summary>
public sealed record BootstrapClientOptions
{
    /// <summary>How long one try may take, from connecting to the last byte of the answer.</summary>
    /// <value>5 seconds unless set; 10 milliseconds to 1 minute.</value>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many more tries follow a first one that failed for a passing reason (see <see cref="BootstrapException.IsTransient"/>).</summary>
    /// <value>3 unless set; 0 to 20.</value>
    public int Retries { get; init; } = 3;

    /// <summary>About how long to wait before the first retry. It doubles from retry to retry, up to 5 seconds, and is spread at random.</summary>
    /// <value>200 milliseconds unless set; 0 to 5 seconds.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    internal static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(5);

    // Throws ArgumentOutOfRangeException.
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(TryTimeout, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TryTimeout, TimeSpan.FromMinutes(1));
        ArgumentOutOfRangeException.ThrowIfNegative(Retries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Retries, 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RetryDelay, MaxRetryDelay);
    }
}
