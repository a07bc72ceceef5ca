using System.Collections.Immutable;

namespace ChittyChat.Peer.Chat;

/// <summary>
/// The newest messages of this peer, encoded once, in one ring; each link has only a place in it.
/// Bounded: when the ring is full, the oldest message makes room. Publishers wait before that happens to a link that keeps up
/// (<see cref="WaitForRoomAsync"/>); a link that does not misses the message, and counts it.
/// </summary>
internal sealed partial class Outbox(int window, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly OutgoingMessage[] _ring = new OutgoingMessage[window];
    private readonly List<(SessionId Session, long First)> _sessions = [];
    private ImmutableArray<OutboxCursor> _cursors = [];
    private long _head;

    /// <summary>What a link finds when it looks for more.</summary>
    public enum Found
    {
        Nothing,
        Messages,

        /// <summary>The next message is of a later session.</summary>
        LaterSession,
    }

    /// <summary>From here on, messages are of <paramref name="session"/>, beginning with number 1.</summary>
    public void BeginSession(SessionId session)
    {
        lock (_gate)
        {
            _sessions.Add((session, _head));
            while (_sessions.Count > 1 && _sessions[1].First <= Oldest)
            {
                _sessions.RemoveAt(0);
            }
        }
    }

    /// <summary>Adds a message. Unless it cannot wait, <see cref="HasRoom"/> was asked before. The links are told by <see cref="SignalAll"/>.</summary>
    public void Append(in OutgoingMessage message)
    {
        lock (_gate)
        {
            _ring[_head++ % window] = message;
        }
    }

    /// <summary>Tells all links that there is more.</summary>
    public void SignalAll()
    {
        foreach (var cursor in _cursors)
        {
            cursor.Signal.Set();
        }
    }

    /// <summary>Gives a new link its place: behind the newest message.</summary>
    public OutboxCursor Open()
    {
        lock (_gate)
        {
            var cursor = new OutboxCursor(_head, time.GetTimestamp());
            _cursors = _cursors.Add(cursor);
            return cursor;
        }
    }

    /// <summary>Forgets a link.</summary>
    public void Close(OutboxCursor cursor)
    {
        lock (_gate)
        {
            _cursors = _cursors.Remove(cursor);
        }

        PulseRoom();
    }

    /// <summary>Which session the link has to send next, and the number in it; for a link without a queue, of the message to come.</summary>
    public MessageId Upcoming(OutboxCursor cursor)
    {
        lock (_gate)
        {
            Clamp(cursor);
            if (cursor.Next < _head)
            {
                return _ring[cursor.Next % window].Id;
            }

            var (session, first) = _sessions[^1];
            return new MessageId(session, (ulong)(_head - first) + 1);
        }
    }

    /// <summary>Puts the link behind the message that its receiver has.</summary>
    public void Resume(OutboxCursor cursor, MessageId delivered)
    {
        lock (_gate)
        {
            if (PositionAfter(delivered) is { } position)
            {
                cursor.Next = position;
                cursor.Acknowledged = position;
                _slowest = Math.Min(_slowest, position);
                Progressed(cursor);
            }
        }

        PulseRoom();
    }

    /// <summary>Puts the link behind the last message of a session that its receiver takes no more of.</summary>
    public void SkipSession(OutboxCursor cursor, SessionId session)
    {
        lock (_gate)
        {
            var index = _sessions.FindIndex(s => s.Session == session);
            if (index >= 0)
            {
                var end = index + 1 < _sessions.Count ? _sessions[index + 1].First : _head;
                cursor.Next = Math.Max(cursor.Next, end);
                cursor.Acknowledged = Math.Max(cursor.Acknowledged, end);
                Progressed(cursor);
            }
        }

        PulseRoom();
    }

    /// <summary>Takes note that the receiver has all messages up to this one.</summary>
    public void Acknowledge(OutboxCursor cursor, MessageId delivered)
    {
        lock (_gate)
        {
            if (PositionAfter(delivered) is not { } position || position <= cursor.Acknowledged)
            {
                return;
            }

            AccountForWaiting();
            cursor.Acknowledged = position;
            Progressed(cursor);
        }

        PulseRoom();
    }

    /// <summary>Takes the next messages of <paramref name="session"/> for the link, at most so many and, but for the first, so many bytes.</summary>
    public Found Take(OutboxCursor cursor, SessionId session, List<OutgoingMessage> into, int maxMessages, int maxBytes)
    {
        lock (_gate)
        {
            Clamp(cursor);
            var bytes = 0;
            while (cursor.Next < _head && into.Count < maxMessages)
            {
                ref readonly var message = ref _ring[cursor.Next % window];
                bytes += message.Encoded.Length;
                if (message.Id.Session != session || (bytes > maxBytes && into.Count > 0))
                {
                    break;
                }

                into.Add(message);
                cursor.Next++;
            }

            return into.Count > 0 ? Found.Messages : cursor.Next < _head || _sessions[^1].Session != session ? Found.LaterSession : Found.Nothing;
        }
    }

    /// <summary>How many messages the link's receiver is not known to have.</summary>
    public long Lag(OutboxCursor cursor)
    {
        lock (_gate)
        {
            return _head - cursor.Acknowledged;
        }
    }

    private long Oldest => Math.Max(0, _head - window);

    // What fell out of the ring is skipped: the link notices by the gap in the numbers.
    private void Clamp(OutboxCursor cursor)
    {
        cursor.Next = Math.Max(cursor.Next, Oldest);
    }

    private long? PositionAfter(MessageId id)
    {
        foreach (var (session, first) in _sessions)
        {
            if (session == id.Session)
            {
                return (long)Math.Min((ulong)first + id.Sequence, (ulong)_head);
            }
        }

        return null;
    }
}
