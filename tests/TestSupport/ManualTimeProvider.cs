using System.Threading.Channels;

namespace ChittyChat.TestSupport;

/// <summary>
/// A clock that moves only when told to. Timers fire during <see cref="Advance"/>, each at its due time and in the order
/// of those times, also those that are armed again by their own callback.
/// </summary>
/// <remarks>The timestamp frequency is an odd number so that code which mixes up ticks and timestamps fails.</remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(int Count, TaskCompletionSource Armed)> _waiting = [];
    // For those who ask, which most tests do not: of what nobody reads the oldest is forgotten.
    private readonly Channel<TimeSpan> _waits = Channel.CreateBounded<TimeSpan>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropOldest });
    private DateTimeOffset _now;
    private long _order;

    /// <summary>Starts at 2026-01-01 00:00 UTC unless told otherwise.</summary>
    public ManualTimeProvider(DateTimeOffset? start = null) =>
        _now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => 9_999_991;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are armed: a test arms the wait first, then advances.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Waits until a timer is armed, and gives for how long; each once, also those armed before. <paramref name="wanted"/> leaves out timers of other kinds.</summary>
    public async Task<TimeSpan> NextWaitAsync(Func<TimeSpan, bool>? wanted = null)
    {
        while (true)
        {
            var wait = await _waits.Reader.ReadAsync().AsTask().ComesAsync("another timer is armed");
            if (wanted?.Invoke(wait) ?? true)
            {
                return wait;
            }
        }
    }

    /// <summary>Waits until so many timers are armed, or more.</summary>
    public Task ArmedAsync(int count)
    {
        lock (_gate)
        {
            var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, armed));
            TellWaiting();
            return armed.Task.ComesAsync($"{count} armed timers");
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)((Int128)GetUtcNow().UtcTicks * TimestampFrequency / TimeSpan.TicksPerSecond);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward, firing what falls due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset end;
        lock (_gate)
        {
            end = _now + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(t => t.Due <= end).OrderBy(t => t.Due).ThenBy(t => t.Order).FirstOrDefault();
                if (due is null)
                {
                    _now = end;
                    return;
                }

                _now = due.Due > _now ? due.Due : _now;
                due.Rearm();
            }

            due.Fire();
        }
    }

    // Called under the gate.
    private void TellWaiting()
    {
        foreach (var (_, armed) in _waiting.Where(w => w.Count <= _timers.Count))
        {
            armed.SetResult();
        }

        _waiting.RemoveAll(w => w.Armed.Task.IsCompleted);
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset Due { get; private set; }

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Arm(dueTime);
                    time._waits.Writer.TryWrite(dueTime);
                }
            }

            return true;
        }

        // Called under the provider's gate.
        public void Rearm()
        {
            time._timers.Remove(this);
            if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
            {
                Arm(_period);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(TimeSpan delay)
        {
            Due = time._now + delay;
            Order = time._order++;
            time._timers.Add(this);
            time.TellWaiting();
        }
    }
}
