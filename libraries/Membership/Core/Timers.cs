namespace ChittyChat.Membership.Core;

internal enum TimerKind
{
    Probe,
    ProbeTimeout,
    ProbeVerdict,
    Gossip,
    PushPull,
    Rejoin,
    Suspicion,
    RelayNack,
    RelayEnd,
    PingEnd,
    AnnouncementEnd,
}

/// <summary>A timer: what is due, and for whom.</summary>
internal readonly record struct TimerEntry(TimerKind Kind, uint Number = 0, object? Subject = null);

/// <summary>Timers in the order of their times, equal ones in the order they were set.</summary>
internal sealed class Timers
{
    private readonly PriorityQueue<TimerEntry, (TimeSpan Due, long Order)> _queue = new();
    private long _order;

    public int Count => _queue.Count;

    public void Set(TimeSpan due, TimerEntry entry) => _queue.Enqueue(entry, (due, _order++));

    public bool TryPeek(out TimerEntry entry, out TimeSpan due)
    {
        var found = _queue.TryPeek(out entry, out var priority);
        due = priority.Due;
        return found;
    }

    public void Clear() => _queue.Clear();

    public void RemoveFirst() => _queue.Dequeue();
}
