namespace ChittyChat.TestSupport;

/// <summary>
/// A clock on which short waits end as ever, but nobody's patience runs out by itself: no time passes between two looks at it, and
/// time limits do not end, unless the test says so. For tests in which things happen on real sockets and a busy machine must not
/// look like a partner that does not answer.
/// </summary>
public sealed class PatientTime : TimeProvider
{
    // Waits are shorter in all of our programs (pauses before another attempt, intervals), time limits are as long or longer.
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _patience = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => _patience.TimestampFrequency;

    /// <summary>The real time: this is what is shown and written, not what is measured.</summary>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp() => _patience.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        (dueTime < ShortestLimit ? System : _patience).CreateTimer(callback, state, dueTime, period);

    /// <summary>Lets time pass for everybody who measures it or has set a limit to it.</summary>
    public void Advance(TimeSpan by) => _patience.Advance(by);
}
