using System.Collections.Immutable;

namespace ChittyChat.Peer.Chat;

/// <summary>
/// The newest deliveries of this peer: its history, and the one queue of all who follow (Join streams, watchers). Bounded: the oldest
/// makes room, and a follower who had not read it is told how many it missed.
/// </summary>
internal sealed class DeliveryRing(int capacity)
{
    private const int FirstSize = 64;

    private readonly Lock _gate = new();
    private ImmutableArray<DeliveryFollower> _followers = [];
    private Delivery[] _ring = new Delivery[Math.Min(FirstSize, capacity)];
    private long _head;

    /// <summary>How many deliveries there have been.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
            {
                return _head;
            }
        }
    }

    /// <summary>Adds deliveries, and tells the followers.</summary>
    public void Append(ReadOnlySpan<Delivery> deliveries)
    {
        lock (_gate)
        {
            foreach (ref readonly var delivery in deliveries)
            {
                if (_head == _ring.Length && _ring.Length < capacity)
                {
                    Array.Resize(ref _ring, (int)Math.Min(_ring.Length * 2L, capacity));
                }

                _ring[_head++ % _ring.Length] = delivery;
            }

            foreach (var follower in _followers)
            {
                if (follower.Next < _head - _ring.Length)
                {
                    follower.SetOvertaken();
                }
            }
        }

        foreach (var follower in _followers)
        {
            follower.Signal.Set();
        }
    }

    /// <summary>The newest deliveries, oldest first.</summary>
    public Delivery[] Newest(int limit)
    {
        lock (_gate)
        {
            var newest = new Delivery[(int)Math.Min(limit, Math.Min(_head, _ring.Length))];
            for (var i = 0; i < newest.Length; i++)
            {
                newest[i] = _ring[(_head - newest.Length + i) % _ring.Length];
            }

            return newest;
        }
    }

    /// <summary>The newest delivery of a message; null when it was not delivered here, or is not remembered any more.</summary>
    public Delivery? Find(MessageId id)
    {
        lock (_gate)
        {
            for (var position = _head - 1; position >= Math.Max(0, _head - _ring.Length); position--)
            {
                ref readonly var delivery = ref _ring[position % _ring.Length];
                if (delivery.Id == id)
                {
                    return delivery;
                }
            }

            return null;
        }
    }

    /// <summary>Whether all that was ever delivered is remembered.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_gate)
            {
                return _head <= _ring.Length;
            }
        }
    }

    /// <summary>Follows from here on, or from the newest <paramref name="backlog"/> deliveries. The caller disposes the follower.</summary>
    public DeliveryFollower Follow(int backlog = 0)
    {
        lock (_gate)
        {
            var follower = new DeliveryFollower(this, Math.Max(_head - backlog, Math.Max(0, _head - _ring.Length)));
            _followers = _followers.Add(follower);
            return follower;
        }
    }

    /// <summary>Reads what is new for the follower, at most <paramref name="max"/>; gives how many it has missed before those.</summary>
    public long Read(DeliveryFollower follower, List<Delivery> into, int max)
    {
        lock (_gate)
        {
            var oldest = Math.Max(0, _head - _ring.Length);
            var missed = Math.Max(0, oldest - follower.Next);
            follower.Next += missed;
            for (; follower.Next < _head && into.Count < max; follower.Next++)
            {
                into.Add(_ring[follower.Next % _ring.Length]);
            }

            return missed;
        }
    }

    /// <summary>Forgets a follower.</summary>
    public void Unfollow(DeliveryFollower follower)
    {
        lock (_gate)
        {
            _followers = _followers.Remove(follower);
        }
    }
}

/// <summary>A place in the <see cref="DeliveryRing"/>.</summary>
internal sealed class DeliveryFollower(DeliveryRing ring, long position) : IDisposable
{
    private readonly TaskCompletionSource _overtaken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when there is something to read, and by whoever wants the follower to look up.</summary>
    public AsyncSignal Signal { get; } = new();

    /// <summary>Completes when the follower has missed something, whether it has looked or not.</summary>
    public Task Overtaken => _overtaken.Task;

    /// <summary>Number of the next delivery to read. Under the ring's lock.</summary>
    public long Next { get; set; } = position;

    /// <summary>Called by the ring when the oldest delivery that it remembers is a later one than <see cref="Next"/>.</summary>
    public void SetOvertaken() => _overtaken.TrySetResult();

    /// <inheritdoc cref="DeliveryRing.Read"/>
    public long Read(List<Delivery> into, int max) => ring.Read(this, into, max);

    /// <inheritdoc/>
    public void Dispose() => ring.Unfollow(this);
}
