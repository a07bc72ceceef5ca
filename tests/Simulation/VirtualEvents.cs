namespace ChittyChat.Simulation;

internal enum VirtualEventKind : byte
{
    /// <summary>A datagram arrives; the payload is its bytes.</summary>
    Datagram,

    /// <summary>A timer of the node is due.</summary>
    Wake,

    /// <summary>A stream gets one step further; the payload is a <see cref="StreamStep"/>.</summary>
    Stream,

    /// <summary>The scenario acts; the payload is an action.</summary>
    Script,
}

/// <summary>Something that happens at a moment of virtual time.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">To which node.</param>
/// <param name="From">The node that caused it.</param>
/// <param name="Port">To which port, so that an event for a process that is gone is not given to its successor.</param>
/// <param name="FromPort">The port of the one who caused it.</param>
/// <param name="Payload">What comes with it.</param>
internal readonly record struct VirtualEvent(VirtualEventKind Kind, int Node, int From, ushort Port, ushort FromPort, object? Payload);

/// <summary>All that is going to happen, in the order of time; what is due at the same moment in the order in which it was added.</summary>
internal sealed class VirtualEvents
{
    private readonly PriorityQueue<VirtualEvent, Due> _queue = new();
    private long _order;

    public int Count => _queue.Count;

    public void Add(TimeSpan at, in VirtualEvent what) => _queue.Enqueue(what, new Due(at.Ticks, _order++));

    /// <summary>Takes the next event if it is due by <paramref name="limit"/>.</summary>
    public bool TryTake(TimeSpan limit, out VirtualEvent what, out TimeSpan at)
    {
        if (_queue.TryPeek(out what, out var due) && due.Ticks <= limit.Ticks)
        {
            _queue.Dequeue();
            at = new TimeSpan(due.Ticks);
            return true;
        }

        at = limit;
        return false;
    }

    private readonly record struct Due(long Ticks, long Order) : IComparable<Due>
    {
        public int CompareTo(Due other)
        {
            var byTime = Ticks.CompareTo(other.Ticks);
            return byTime != 0 ? byTime : Order.CompareTo(other.Order);
        }
    }
}
