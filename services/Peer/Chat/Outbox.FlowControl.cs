namespace ChittyChat.Peer.Chat;

/// <remarks>
/// Flow control. A publisher waits while a link in standing is a full window behind, so that nothing is lost on the way to those
/// who keep up. But one receiver must not hold up the others: while a publisher waits for a link, the time is charged to the
/// link if half of the links have (almost) nothing to do, or if the link stands still; at other times it is made good. A link that owes
/// <see cref="Patience"/> loses its standing: from then on it is not waited for, until it has caught up to half a window.
/// So a link costs publishers half a second at most if it has stopped, and is told to be too slow when the others
/// would go more than twice as fast without it.
/// </remarks>
internal sealed partial class Outbox
{
    /// <summary>For how long one link may hold up the others.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>For how long a publisher waits at most.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StandsStill = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    // Position up to which all links in standing have acknowledged, or an earlier one: saves looking at every link for every message.
    private long _slowest;
    private long _accountedTo = time.GetTimestamp();
    private int _waiting;
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether a message can be added now such that no link in standing misses one by that.</summary>
    public bool HasRoom()
    {
        lock (_gate)
        {
            return RoomUnderGate();
        }
    }

    /// <summary>Waits until a message can be added; false when there is no room after <see cref="LongestWait"/>.</summary>
    public ValueTask<bool> WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (RoomUnderGate())
            {
                return ValueTask.FromResult(true);
            }

            _waiting++;
        }

        return WaitAsync(cancellationToken);
    }

    private async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            while (true)
            {
                Task room;
                lock (_gate)
                {
                    if (RoomUnderGate())
                    {
                        return true;
                    }

                    room = _room.Task;
                }

                if (time.GetElapsedTime(start) >= LongestWait)
                {
                    return false;
                }

                await Task.WhenAny(room, Task.Delay(LookAgain, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }
    }

    private void PulseRoom()
    {
        TaskCompletionSource? room = null;
        lock (_gate)
        {
            if (_waiting > 0)
            {
                room = _room;
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        room?.SetResult();
    }

    private bool RoomUnderGate()
    {
        if (_head - _slowest < window)
        {
            return true;
        }

        Account();
        _slowest = _head;
        foreach (var cursor in _cursors)
        {
            if (cursor.InStanding)
            {
                _slowest = Math.Min(_slowest, cursor.Acknowledged);
            }
        }

        return _head - _slowest < window;
    }

    // Before a link's place changes, so that the time up to now is counted as it was.
    private void AccountForWaiting()
    {
        if (_waiting > 0)
        {
            Account();
        }
    }

    private void Account()
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_accountedTo, now);
        _accountedTo = now;
        var idle = 0;
        var standing = 0;
        foreach (var cursor in _cursors)
        {
            standing += cursor.InStanding ? 1 : 0;
            idle += cursor.InStanding && _head - cursor.Acknowledged < window / 8 ? 1 : 0;
        }

        foreach (var cursor in _cursors)
        {
            var heldUp = _waiting > 0 && _head - cursor.Acknowledged >= window
                && (idle * 2 >= standing || time.GetElapsedTime(cursor.ProgressAt, now) >= StandsStill);
            cursor.HeldUp = heldUp ? cursor.HeldUp + elapsed : cursor.HeldUp > elapsed ? cursor.HeldUp - elapsed : TimeSpan.Zero;
            cursor.InStanding &= cursor.HeldUp < Patience;
        }
    }

    private void Progressed(OutboxCursor cursor)
    {
        cursor.ProgressAt = time.GetTimestamp();
        if (!cursor.InStanding && _head - cursor.Acknowledged < window / 2)
        {
            cursor.InStanding = true;
            cursor.HeldUp = TimeSpan.Zero;
            _slowest = Math.Min(_slowest, cursor.Acknowledged);
        }
    }
}
