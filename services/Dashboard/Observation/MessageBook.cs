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
            entry = delivery.Kind == EventKind.Left ? SameDeparture(delivery) : null;
            if (entry is null && !Insert(entry = new Entry(delivery, Seen++, now)))
            {
                return;
            }

            entry.Ids.Add((id.Session, id.Sequence));
            _byId.Add((id.Session, id.Sequence), entry);
        }

        entry.View = null;
        if (!entry.Deliveries.TryGetValue(observer, out var known))
        {
            _held[observer] = _held.GetValueOrDefault(observer) + 1;
        }

        // The backlog of a new watch repeats deliveries as they were; another time of delivery in the same session is a second delivery.
        var repeated = known.Session == session && (known.Repeated || known.At != delivery.DeliveredAt);
        entry.Deliveries[observer] = new Delivery(session, repeated ? known.At : delivery.DeliveredAt, delivery.DeliveredUnixMs - delivery.PublishedUnixMs, repeated);
    }

    /// <summary>All kept messages, newest first, with one cell for each of <paramref name="observers"/>.</summary>
    public ImmutableArray<MessageView> View(ImmutableArray<Observer> observers, DateTimeOffset now)
    {
        if (!_observers.SequenceEqual(observers))
        {
            _observers = observers;
            _entries.ForEach(e => e.View = null);
        }

        var joins = observers.Select(JoinedUnixMs).ToArray();
        var views = ImmutableArray.CreateBuilder<MessageView>(_entries.Count);
        foreach (var entry in Enumerable.Reverse(_entries))
        {
            // Whatever was not delivered everywhere depends on the time and on the joins.
            if (entry.View is null || entry.View.Delivered < entry.View.Cells.Length)
            {
                entry.View = Picture(entry, joins, now);
            }

            views.Add(entry.View);
        }

        return views.MoveToImmutable();
    }

    private long? JoinedUnixMs(Observer observer) => _entries.Find(e =>
        e.Event.Kind == EventKind.Joined && e.Id.Session == observer.Session && e.Event.Participant == observer.Name)?.Event.PublishedUnixMs;

    private MessageView Picture(Entry entry, long?[] joins, DateTimeOffset now)
    {
        var cells = _observers.Select((o, column) => CellOf(entry, o, joins[column], now)).ToImmutableArray();
        if (entry.View is { } old && old.Cells.SequenceEqual(cells))
        {
            return old;
        }

        var e = entry.Event;
        return new MessageView(
            entry.Id.Session, entry.Id.Sequence, e.Kind, e.Participant, e.Text, e.LamportTime, e.TraceId,
            entry.Deliveries.Values.Max(d => d.LatencyMs), cells);
    }

    private static Cell CellOf(Entry entry, Observer observer, long? joinedUnixMs, DateTimeOffset now)
    {
        if (entry.Deliveries.TryGetValue(observer.Name, out var delivery))
        {
            return new Cell(observer.Name, CellKind.Delivered, delivery.At, delivery.Repeated);
        }

        var certainFrom = joinedUnixMs is not null ? observer.MissedBefore : Math.Max(observer.MissedBefore, observer.WatchedFrom);
        var waitingSince = entry.FirstSeen > observer.Since ? entry.FirstSeen : observer.Since;
        var kind = observer.Gone ? CellKind.Gone
            : !observer.Answers ? CellKind.Unknown
            // By the wall clock: the Lamport time of a newcomer's join may be lower than that of everything before it.
            : entry.Event.PublishedUnixMs < joinedUnixMs ? CellKind.Earlier
            : entry.Position < certainFrom ? CellKind.Unknown
            : now - waitingSince < Grace ? CellKind.Pending
            : CellKind.Missing;
        return new Cell(observer.Name, kind, 0, false);
    }

    // Whoever finds a peer gone announces it, and each receiver shows the first announcement only: to the page they are one message.
    // A departure ends where the same name joins again.
    private Entry? SameDeparture(ChatEvent left) => _entries.Find(e => e.Event.Kind == EventKind.Left && e.Event.Participant == left.Participant
        && !_entries.Exists(j => j.Event.Kind == EventKind.Joined && j.Event.Participant == left.Participant
            && j.Event.PublishedUnixMs > Math.Min(e.Event.PublishedUnixMs, left.PublishedUnixMs)
            && j.Event.PublishedUnixMs < Math.Max(e.Event.PublishedUnixMs, left.PublishedUnixMs)));

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
        if (_entries.Count > Capacity)
        {
            Remove(_entries[0]);
        }

        return true;
    }

    private void Remove(Entry oldest)
    {
        _entries.RemoveAt(0);
        oldest.Ids.ForEach(id => _byId.Remove(id));
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
    /// <param name="Gone">Whether it died or left, and does not answer either.</param>
    /// <param name="Answers">Whether this page hears it.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="WatchedFrom">Position of the first message that can have come after this page began to hear it.</param>
    /// <param name="MissedBefore">Before this position this page missed deliveries of the peer, so that nothing follows from one that it did not see.</param>
    internal sealed record Observer(string Name, ulong Session, bool Gone, bool Answers, DateTimeOffset Since, long WatchedFrom, long MissedBefore);

    private readonly record struct Delivery(ulong Session, ulong At, long LatencyMs, bool Repeated);

    private sealed class Entry(ChatEvent first, long position, DateTimeOffset firstSeen)
    {
        public ChatEvent Event => first;

        public (ulong Session, ulong Sequence) Id => (first.MessageId.Session, first.MessageId.Sequence);

        public long Position => position;

        public DateTimeOffset FirstSeen => firstSeen;

        /// <summary>Its own id, and those of later announcements of the same departure.</summary>
        public List<(ulong Session, ulong Sequence)> Ids { get; } = [];

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
