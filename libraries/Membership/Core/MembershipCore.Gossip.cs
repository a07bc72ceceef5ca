using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

// Dissemination: the gossip rounds, what rides along with direct messages, and the taking apart of what arrives.
internal sealed partial class MembershipCore
{
    private const int CompoundHead = 2;
    private const int PartHead = 2;

    private readonly ByteWriter _message = new(1500);
    private readonly ByteWriter _packet = new(1500);
    private readonly ByteWriter _encoded = new(700);
    private readonly List<byte[]> _parts = [];
    private readonly List<ByteWriter> _expanded = [];
    private readonly TimeSpan _gossipPhase;
    private bool _gossipScheduled;

    /// <summary>Takes in a datagram without its label, encryption and checksum.</summary>
    public void ReceivePacket(ReadOnlySpan<byte> packet, IPEndPoint from, TimeSpan now)
    {
        Set(now);
        var budget = Limits.DecompressedDatagram;
        Take(packet, from, 0, ref budget);
    }

    /// <summary>Sends a user message to one member as a datagram of its own.</summary>
    public bool SendUserMessage(IPEndPoint destination, ReadOnlySpan<byte> payload, TimeSpan now)
    {
        Set(now);
        _packet.Clear();
        _packet.WriteByte((byte)MessageType.User);
        _packet.Write(payload);
        return _output.SendPacket(_packet.Written, destination, checksum: false);
    }

    private void Take(ReadOnlySpan<byte> packet, IPEndPoint from, int depth, ref int budget)
    {
        if (packet.IsEmpty)
        {
            _output.Dropped(DropReason.Truncated);
            return;
        }

        var type = (MessageType)packet[0];
        var body = packet[1..];
        if (type == MessageType.Compound)
        {
            TakeCompound(body, from, depth, ref budget);
        }
        else if (type == MessageType.Compress)
        {
            TakeCompressed(body, from, depth, ref budget);
        }
        else
        {
            TakeLeaf(type, body, from);
        }
    }

    private void TakeCompound(ReadOnlySpan<byte> body, IPEndPoint from, int depth, ref int budget)
    {
        var count = body.IsEmpty ? 0 : body[0];
        if (depth >= Limits.Nesting || count == 0 || body.Length < 1 + (2 * count))
        {
            _output.Dropped(depth >= Limits.Nesting ? DropReason.TooBig : DropReason.Truncated);
            return;
        }

        var lengths = body.Slice(1, 2 * count);
        var parts = body[(1 + (2 * count))..];
        for (var i = 0; i < count; i++)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(lengths[(2 * i)..]);
            if (length > parts.Length)
            {
                _output.Dropped(DropReason.Truncated);
                return;
            }

            Take(parts[..length], from, depth + 1, ref budget);
            parts = parts[length..];
        }
    }

    private void TakeCompressed(ReadOnlySpan<byte> body, IPEndPoint from, int depth, ref int budget)
    {
        var reader = new MsgPackReader(body);
        if (depth >= Limits.Nesting)
        {
            _output.Dropped(DropReason.TooBig);
        }
        else if (!SmallMessages.TryReadCompressed(ref reader, out var algorithm, out var compressed))
        {
            _output.Dropped(DropReason.Malformed);
        }
        else if (algorithm != 0)
        {
            _output.Dropped(DropReason.UnknownCompression);
        }
        else
        {
            while (_expanded.Count <= depth)
            {
                _expanded.Add(new ByteWriter(2048));
            }

            var expanded = _expanded[depth];
            expanded.Clear();
            if (!Lzw.TryDecompress(compressed, expanded, budget))
            {
                _output.Dropped(DropReason.Malformed);
                return;
            }

            budget -= expanded.Length;
            Take(expanded.Written, from, depth + 1, ref budget);
        }
    }

    private void TakeLeaf(MessageType type, ReadOnlySpan<byte> body, IPEndPoint from)
    {
        var reader = new MsgPackReader(body);
        var read = true;
        switch (type)
        {
            case MessageType.Ping when read = PingMessage.TryRead(ref reader, out var ping):
                HandlePing(ping, from);
                break;
            case MessageType.IndirectPing when read = IndirectPingMessage.TryRead(ref reader, out var ask):
                HandleIndirectPing(ask, from);
                break;
            case MessageType.Ack when read = AckMessage.TryRead(ref reader, out var ack):
                HandleAck(ack);
                break;
            case MessageType.Nack when read = AckMessage.TryRead(ref reader, out var nack):
                HandleNack(nack.SequenceNumber);
                break;
            case MessageType.Suspect when read = AccusationMessage.TryRead(ref reader, out var suspect):
                HandleSuspect(suspect);
                break;
            case MessageType.Alive when read = AliveMessage.TryRead(ref reader, out var alive):
                HandleAlive(alive);
                break;
            case MessageType.Dead when read = AccusationMessage.TryRead(ref reader, out var dead):
                HandleDead(dead);
                break;
            case MessageType.User:
                _output.DeliverUserMessage(body);
                break;
            default:
                _output.Dropped(read ? DropReason.UnknownType : DropReason.Malformed);
                return;
        }

        _output.Received(type);
    }

    // Rounds keep their rhythm, but one without anything to say is not held: an idle node sleeps.
    private void ScheduleGossip()
    {
        if (!_gossipScheduled)
        {
            _gossipScheduled = true;
            var interval = _options.GossipInterval.Ticks;
            var passed = (_now - _gossipPhase).Ticks;
            var next = passed < 0 ? 0 : (passed / interval * interval) + interval;
            _timers.Set(_gossipPhase + TimeSpan.FromTicks(next), new TimerEntry(TimerKind.Gossip));
        }
    }

    private void GossipTick()
    {
        _gossipScheduled = false;
        _output.GossipBegins();
        var sent = 0;
        PickRandom(_options.GossipNodes, IsGossipTarget);
        foreach (var node in _picked)
        {
            CollectParts(_options.DatagramSize - CompoundHead - PacketCodec.Checksum - _output.PacketOverhead);
            if (_parts.Count == 0)
            {
                break;
            }

            if (_parts.Count == 1)
            {
                _output.SendPacket(_parts[0], node.Member.Address, HasChecksums(node.Member));
                sent += _parts[0].Length;
                continue;
            }

            WriteCompound(default);
            _output.SendPacket(_packet.Written, node.Member.Address, HasChecksums(node.Member));
            sent += _packet.Length;
        }

        BroadcastToAllTick(sent);
        _output.GossipEnds();
        if (_broadcasts.Count > 0 || QueuedUserBroadcasts > 0 || _broadcastsToAll.Count > 0)
        {
            ScheduleGossip();
        }
    }

    private bool IsGossipTarget(Node node) => node.Member.State switch
    {
        MemberState.Alive or MemberState.Suspect => true,
        MemberState.Dead => _now - node.StateChanged <= _options.GossipToTheDeadTime,
        _ => false,
    };

    // Sends one message, and along with it the gossip that still fits.
    private bool SendDirect(ReadOnlySpan<byte> message, IPEndPoint destination)
    {
        CollectParts(_options.DatagramSize - message.Length - CompoundHead - PartHead - _output.PacketOverhead);
        if (_parts.Count == 0)
        {
            return _output.SendPacket(message, destination, checksum: false);
        }

        WriteCompound(message);
        return _output.SendPacket(_packet.Written, destination, checksum: false);
    }

    private void CollectParts(int free)
    {
        _parts.Clear();
        var limit = Formulas.RetransmitLimit(_options.RetransmitMultiplier, _nodes.Count);
        // memberlist gives the application what membership leaves over, which in a large cluster under churn is nothing.
        var share = QueuedUserBroadcasts > 0 ? (int)(free * _options.UserBroadcastShare) : 0;
        var first = free - share;
        _broadcasts.Collect(PartHead, ref first, limit, _parts);
        free = first + share;
        if (_parts.Count == 0 && share > 0)
        {
            // Long news that does not fit besides the share would otherwise never get its turn.
            _broadcasts.Collect(PartHead, ref free, limit, _parts);
        }

        foreach (var queue in _userBroadcasts)
        {
            queue.Collect(PartHead, ref free, limit, _parts);
        }
    }

    private void WriteCompound(ReadOnlySpan<byte> first)
    {
        _packet.Clear();
        StartCompound(_packet, _parts.Count + (first.IsEmpty ? 0 : 1));
        if (!first.IsEmpty)
        {
            _packet.WriteUInt16((ushort)first.Length);
        }

        foreach (var part in _parts)
        {
            _packet.WriteUInt16((ushort)part.Length);
        }

        _packet.Write(first);
        foreach (var part in _parts)
        {
            _packet.Write(part);
        }
    }

    private static void StartCompound(ByteWriter writer, int parts)
    {
        writer.WriteByte((byte)MessageType.Compound);
        writer.WriteByte((byte)parts);
    }

    // Queues an announcement about this node that somebody waits for; with nobody to tell, it is done at once.
    private void Announce(byte[] message, object token)
    {
        _broadcasts.Enqueue(new Broadcast(Self.Name, message, token));
        ScheduleGossip();
        if (_ring.Exists(n => n != _self && n.Member.IsRunning))
        {
            _timers.Set(_now + _options.BroadcastTimeout, new TimerEntry(TimerKind.AnnouncementEnd, 0, token));
        }
        else
        {
            _output.Complete(token);
        }
    }

    private void Enqueue(Member alive) => Enqueue(alive.Name, AliveOf(alive));

    private void Enqueue(string about, byte[] message)
    {
        _broadcasts.Enqueue(new Broadcast(about, message, null));
        ScheduleGossip();
    }

    private byte[] AliveOf(Member member)
    {
        _encoded.Clear();
        _encoded.WriteAlive(member);
        return _encoded.ToArray();
    }

    private byte[] Accusation(MessageType type, Incarnation incarnation, string about, string from)
    {
        _encoded.Clear();
        _encoded.WriteAccusation(type, incarnation, about, from);
        return _encoded.ToArray();
    }
}
