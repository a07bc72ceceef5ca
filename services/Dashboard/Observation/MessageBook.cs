using System.Collections.Immutable;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

/// <summary>
/// The newest messages and who has delivered them. In the order of Lamport times, ties by participant; but between events that were published
/// more than <see cref="LamportWindow"/> apart the wall clock decides, because a cluster that was started anew counts from 1 again.
/// </summary>
internal sealed class MessageBook
{
    /// <summary>How many messages are kept; the oldest goes when one more comes.</summary>
    public const int Capacity = 500;

    /// <summary>How long a message may be on its way before it is called missing.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan LamportWindow = TimeSpan.FromSeconds(10);

    private readonly List<Entry> _entries = new(Capacity + 1);
    private readonly Dictionary<(ulong Session, ulong Sequence), Entry> _byId = [];
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);
    private ImmutableArray<Observer> _observers = [];

    /// <summary>How many messages have been seen so far: the position of the next one.</summary>
    public long Seen { get; private set; }

    /// <summary>Whether a kept message was delivered by the peer of this name.</summary>
    public bool HasDeliveriesOf(string name) => _held.ContainsKey(name);

    public void Deliver(string observer, ulong session, ChatEvent delivery, DateTimeOffset now)
    {
        // An event without id or kind is not one: newer peers may send what this page does not know.
        if (delivery.MessageId is not { } id || delivery.Kind is not (EventKind.Message or EventKind.Joined or EventKind.Left))
        {
            return;
        }

        if (!_byId.TryGetValue((id.Session, id.Sequence), out var entry))
        {
            entry = new Entry(delivery, Seen++, now);
            if (!Insert(entry))
            {
                return;
            }
        }

        entry.View = null;
        if (!entry.Deliveries.TryGetValue(observer, out var known))
        {
            _held[observer] = _held.GetValueOrDefault(observer) + 1;
        }

        // The backlog of a new watch repeats deliveries as they were; another time of delivery in the same session is a second delivery.
        var repeated = known.Session == session && (known.Repeated || known.At != delivery.DeliveredAt);
        entry.Deliveries[observer] = new Delivery(session, repeated ? known.At : delivery.DeliveredAt, delivery.DeliveredUnixMs, repeated);
    }

    /// <summary>All kept messages, newest first, with one cell for each of <paramref name="observers"/>.</summary>
    public ImmutableArray<MessageView> View(ImmutableArray<Observer> observers, DateTimeOffset now)
    {
        if (!_observers.SequenceEqual(observers))
        {
            _observers = observers;
            _entries.ForEach(e => e.View = null);
        }

        // Who joined after a message does not lack it.
        var joins = observers.Select(o => _entries.FindIndex(e =>
            e.Event.Kind == EventKind.Joined && e.Event.MessageId.Session == o.Session && e.Event.Participant == o.Name)).ToArray();
        var views = ImmutableArray.CreateBuilder<MessageView>(_entries.Count);
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            var entry = _entries[i];
            // Whatever was not delivered everywhere depends on the time and on the joins.
            if (entry.View is null || entry.View.Delivered < entry.View.Cells.Length)
            {
                entry.View = Picture(entry, i, joins, now);
            }

            views.Add(entry.View);
        }

        return views.MoveToImmutable();
    }

    private MessageView Picture(Entry entry, int index, int[] joins, DateTimeOffset now)
    {
        var cells = _observers.Select((o, column) => CellOf(entry, o, index, joins[column], now)).ToImmutableArray();
        if (entry.View is { } old && old.Cells.SequenceEqual(cells))
        {
            return old;
        }

        var e = entry.Event;
        var lastDelivery = entry.Deliveries.Values.Max(d => d.UnixMs);
        return new MessageView(
            e.MessageId.Session, e.MessageId.Sequence, e.Kind, e.Participant, e.Text, e.LamportTime, e.TraceId, lastDelivery - e.PublishedUnixMs, cells);
    }

    private static Cell CellOf(Entry entry, Observer observer, int index, int join, DateTimeOffset now)
    {
        if (entry.Deliveries.TryGetValue(observer.Name, out var delivery))
        {
            return new Cell(observer.Name, CellKind.Delivered, delivery.At, delivery.Repeated);
        }

        var joinIsKnown = join >= 0;
        var certainFrom = joinIsKnown ? observer.MissedBefore : Math.Max(observer.MissedBefore, observer.WatchedFrom);
        var waitingSince = entry.FirstSeen > observer.Since ? entry.FirstSeen : observer.Since;
        var kind = !observer.Answers ? CellKind.Unknown
            : index < join ? CellKind.Earlier
            : entry.Position < certainFrom ? CellKind.Unknown
            : now - waitingSince < Grace ? CellKind.Pending
            : CellKind.Missing;
        return new Cell(observer.Name, kind, 0, false);
    }

    private bool Insert(Entry entry)
    {
        var place = _entries.Count;
        while (place > 0 && _entries[place - 1].IsAfter(entry))
        {
            place--;
        }

        if (_entries.Count == Capacity && place == 0)
        {
            return false;
        }

        _entries.Insert(place, entry);
        _byId.Add((entry.Event.MessageId.Session, entry.Event.MessageId.Sequence), entry);
        if (_entries.Count > Capacity)
        {
            Remove(_entries[0]);
        }

        return true;
    }

    private void Remove(Entry oldest)
    {
        _entries.RemoveAt(0);
        _byId.Remove((oldest.Event.MessageId.Session, oldest.Event.MessageId.Sequence));
        foreach (var observer in oldest.Deliveries.Keys)
        {
            if (--_held[observer] == 0)
            {
                _held.Remove(observer);
            }
        }
    }

    /// <param name="Name">Name of the peer.</param>
    /// <param name="Session">Its present session.</param>
    /// <param name="Answers">Whether this page hears it.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="WatchedFrom">Position of the first message that can have come after this page began to hear it.</param>
    /// <param name="MissedBefore">Before this position this page missed deliveries of the peer, so that nothing follows from one that it did not see.</param>
    internal sealed record Observer(string Name, ulong Session, bool Answers, DateTimeOffset Since, long WatchedFrom, long MissedBefore);

    private readonly record struct Delivery(ulong Session, ulong At, long UnixMs, bool Repeated);

    private sealed class Entry(ChatEvent first, long position, DateTimeOffset firstSeen)
    {
        public ChatEvent Event => first;

        public long Position => position;

        public DateTimeOffset FirstSeen => firstSeen;

        public Dictionary<string, Delivery> Deliveries { get; } = new(StringComparer.Ordinal);

        public MessageView? View { get; set; }

        public bool IsAfter(Entry other)
        {
            var apart = Event.PublishedUnixMs - other.Event.PublishedUnixMs;
            if (Math.Abs(apart) > LamportWindow.TotalMilliseconds)
            {
                return apart > 0;
            }

            var byTime = Event.LamportTime.CompareTo(other.Event.LamportTime);
            return (byTime != 0 ? byTime : PeerNameOrder.Instance.Compare(Event.Participant, other.Event.Participant)) > 0;
        }
    }
}
