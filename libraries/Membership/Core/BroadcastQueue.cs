using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

/// <summary>
/// memberlist's transmit-limited queue: what was sent least often goes first, of those the longest that still fits, of those
/// the newest. Bounded: when it is full, the message that was sent most often makes room.
/// </summary>
internal sealed class BroadcastQueue(int limit, Action<Broadcast> finished)
{
    private readonly List<Tier> _tiers = [];
    private readonly Dictionary<string, Broadcast> _byKey = new(StringComparer.Ordinal);
    private readonly List<Broadcast> _again = [];
    private int _removed;

    /// <summary>How many messages wait.</summary>
    public int Count { get; private set; }

    /// <summary>How many messages had to make room.</summary>
    public long Pruned { get; private set; }

    public void Enqueue(Broadcast broadcast)
    {
        if (broadcast.Key is not null)
        {
            if (_byKey.TryGetValue(broadcast.Key, out var older))
            {
                Remove(older);
            }

            _byKey[broadcast.Key] = broadcast;
        }

        Insert(broadcast);
        Count++;
        while (Count > limit)
        {
            Pruned++;
            Remove(MostTransmitted());
        }
    }

    /// <summary>Takes what fits, and counts it as sent once more.</summary>
    /// <param name="overhead">The bytes that each message costs besides its own.</param>
    /// <param name="free">The bytes that are left; reduced by what is taken.</param>
    /// <param name="transmitLimit">How often a message is sent.</param>
    /// <param name="into">Where to add what is taken.</param>
    public void Collect(int overhead, ref int free, int transmitLimit, List<byte[]> into)
    {
        for (var tier = 0; tier < _tiers.Count && free > overhead && into.Count < Limits.CompoundParts - 1;)
        {
            if (_tiers[tier].TakeLongest(free - overhead, ref _removed) is not { } broadcast)
            {
                tier++;
                continue;
            }

            free -= overhead + broadcast.Message.Length;
            into.Add(broadcast.Message);
            broadcast.Transmits++;
            if (broadcast.Transmits >= transmitLimit)
            {
                Count--;
                Forget(broadcast);
            }
            else
            {
                _again.Add(broadcast);
            }
        }

        for (var i = _again.Count - 1; i >= 0; i--)
        {
            Insert(_again[i]);
        }

        _again.Clear();
    }

    /// <summary>Forgets everything; nobody is told.</summary>
    public void Clear()
    {
        _tiers.Clear();
        _byKey.Clear();
        (Count, _removed) = (0, 0);
    }

    /// <summary>The waiting messages, in no particular order.</summary>
    public IEnumerable<Broadcast> Waiting => _tiers.SelectMany(t => t.Items).Where(b => !b.IsRemoved);

    private void Insert(Broadcast broadcast)
    {
        while (_tiers.Count <= broadcast.Transmits)
        {
            _tiers.Add(new Tier());
        }

        _tiers[broadcast.Transmits].Add(broadcast);
    }

    private Broadcast MostTransmitted() =>
        Enumerable.Reverse(_tiers).Select(t => t.Items.FirstOrDefault(b => !b.IsRemoved)).First(b => b is not null)!;

    private void Remove(Broadcast broadcast)
    {
        // It stays where it is until it is met or there are too many of its kind: finding it costs more than passing it.
        broadcast.IsRemoved = true;
        Count--;
        _removed++;
        Forget(broadcast);
        if (_removed > Count + 64)
        {
            _tiers.ForEach(t => t.Compact());
            _removed = 0;
        }
    }

    private void Forget(Broadcast broadcast)
    {
        if (broadcast.Key is not null && _byKey.TryGetValue(broadcast.Key, out var current) && current == broadcast)
        {
            _byKey.Remove(broadcast.Key);
        }

        finished(broadcast);
    }

    /// <summary>Messages that were sent equally often, in stacks of equal length.</summary>
    private sealed class Tier
    {
        private readonly SortedList<int, List<Broadcast>> _byLength = [];

        public IEnumerable<Broadcast> Items => _byLength.Values.SelectMany(s => s);

        public void Add(Broadcast broadcast)
        {
            if (!_byLength.TryGetValue(broadcast.Message.Length, out var stack))
            {
                _byLength.Add(broadcast.Message.Length, stack = []);
            }

            stack.Add(broadcast);
        }

        public Broadcast? TakeLongest(int most, ref int removed)
        {
            for (var i = IndexOfAtMost(most); i >= 0; i--)
            {
                var stack = _byLength.GetValueAtIndex(i);
                while (stack.Count > 0)
                {
                    var top = stack[^1];
                    stack.RemoveAt(stack.Count - 1);
                    if (!top.IsRemoved)
                    {
                        return top;
                    }

                    removed--;
                }

                _byLength.RemoveAt(i);
            }

            return null;
        }

        public void Compact()
        {
            for (var i = _byLength.Count - 1; i >= 0; i--)
            {
                var stack = _byLength.GetValueAtIndex(i);
                stack.RemoveAll(b => b.IsRemoved);
                if (stack.Count == 0)
                {
                    _byLength.RemoveAt(i);
                }
            }
        }

        private int IndexOfAtMost(int most)
        {
            int low = 0, high = _byLength.Count - 1;
            while (low <= high)
            {
                var middle = (low + high) / 2;
                if (_byLength.GetKeyAtIndex(middle) <= most)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return high;
        }
    }
}
