namespace ChittyChat.LogicalTime;

/// <summary>
/// The one Lamport clock of a process. Safe to use from any thread: every call is one event, and no two events of the
/// process get the same time.
/// </summary>
public sealed class LamportClock
{
    private ulong _value;

    /// <summary>Starts a clock whose first tick will be one more than <paramref name="start"/>.</summary>
    public LamportClock(LamportTime start = default) => _value = start.Value;

    /// <summary>The time of the latest event.</summary>
    public LamportTime Now => new(Volatile.Read(ref _value));

    /// <summary>Advances the clock for an event of this process, and gives the event's time.</summary>
    /// <exception cref="OverflowException">The clock stood at <see cref="ulong.MaxValue"/>.</exception>
    public LamportTime Tick() => Advance(LamportTime.Zero);

    /// <summary>Advances the clock past <paramref name="seen"/> for the receipt of a message, and gives the time of the receipt.</summary>
    /// <exception cref="OverflowException">The clock or <paramref name="seen"/> stands at <see cref="ulong.MaxValue"/>.</exception>
    public LamportTime Witness(LamportTime seen) => Advance(seen);

    // A tick is the receipt of a message from before any event, so one loop serves both rules.
    private LamportTime Advance(LamportTime seen)
    {
        var known = Volatile.Read(ref _value);
        while (true)
        {
            var next = new LamportTime(known).Witness(seen).Value;
            var found = Interlocked.CompareExchange(ref _value, next, known);
            if (found == known)
            {
                return new LamportTime(next);
            }

            known = found;
        }
    }
}
