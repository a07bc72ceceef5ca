using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

// Broadcasts of the application to every running member. Receivers cannot pass memberlist's user messages on, as they look like
// those that were meant for them alone; so the sender sends each member its own, a few with every gossip tick.
internal sealed partial class MembershipCore
{
    // What the network adds to a datagram: the headers of IPv6 and UDP.
    private const int DatagramHeaders = 48;

    // In the order in which they came into the table, which never changes, so that a place in it is all that a broadcast has to remember.
    private readonly List<Node> _arrivals = [];
    private readonly Queue<BroadcastToAll> _broadcastsToAll = new();
    private long _arrived;

    /// <summary>How many broadcasts have not gone to everybody yet.</summary>
    public int QueuedBroadcastsToAll => _broadcastsToAll.Count;

    /// <summary>Sends a message of the application once to every other member that runs when its turn comes; false when too many wait already.</summary>
    /// <param name="payload">What fits a datagram.</param>
    /// <param name="now">The time.</param>
    public bool BroadcastUserMessage(ReadOnlySpan<byte> payload, TimeSpan now)
    {
        Set(now);
        if (_broadcastsToAll.Count >= _options.UserBroadcastLimit)
        {
            _output.Dropped(DropReason.QueueFull);
            return false;
        }

        _broadcastsToAll.Enqueue(new BroadcastToAll(UserMessage(payload), _arrived));
        ScheduleGossip();
        return true;
    }

    private static byte[] UserMessage(ReadOnlySpan<byte> payload)
    {
        var message = new byte[payload.Length + 1];
        message[0] = (byte)MessageType.User;
        payload.CopyTo(message.AsSpan(1));
        return message;
    }

    private void AddToArrivals(Node node)
    {
        node.Arrival = _arrived++;
        _arrivals.Add(node);
    }

    // A tick may send as many bytes as gossip in full datagrams would; what gossip used is taken off, except for the application's share.
    private void BroadcastToAllTick(int gossiped)
    {
        var allowance = _options.DatagramSize * _options.GossipNodes;
        var free = Math.Max(allowance - gossiped, (int)(allowance * _options.UserBroadcastShare));
        var sent = false;
        while (_broadcastsToAll.TryPeek(out var broadcast))
        {
            var cost = broadcast.Message.Length + DatagramHeaders + PacketCodec.Checksum + _output.PacketOverhead;
            for (var place = PlaceOf(broadcast.Next); place < _arrivals.Count && _arrivals[place].Arrival < broadcast.End; place++)
            {
                var node = _arrivals[place];
                if (node != _self && node.Member.IsRunning)
                {
                    // One goes out in any case, so that no share is too small to get on.
                    if (sent && cost > free)
                    {
                        broadcast.Next = node.Arrival;
                        return;
                    }

                    _output.SendPacket(broadcast.Message, node.Member.Address, HasChecksums(node.Member));
                    free -= cost;
                    sent = true;
                }
            }

            _broadcastsToAll.Dequeue();
        }
    }

    // The place of the first member that came then or later.
    private int PlaceOf(long arrival)
    {
        int low = 0, high = _arrivals.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _arrivals[middle].Arrival < arrival ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private sealed class BroadcastToAll(byte[] message, long end)
    {
        public byte[] Message => message;

        /// <summary>Who came then or later is not meant.</summary>
        public long End => end;

        /// <summary>Who came before that has had it.</summary>
        public long Next { get; set; }
    }
}
