using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Core;

// The failure detector: SWIM section 3 with Lifeguard's local health awareness, nacks and buddy system.
internal sealed partial class MembershipCore
{
    private const int RelayLimit = 4096;
    // Everything in an acknowledgement but its payload.
    private const int AckHead = 24;
    private const byte FirstWithStreamPings = 3;
    private const byte FirstWithNacks = 4;
    private const byte FirstWithChecksums = 5;

    // The members in the order in which they are probed, this node among them.
    private readonly List<Node> _ring = [];
    private readonly Dictionary<uint, PendingAck> _pending = [];
    private readonly List<Node> _picked = [];
    private int _ringPosition;
    private Probe? _probe;
    private bool _probeOverdue;

    /// <summary>Pings a member outside of the rounds; the answer completes the token.</summary>
    public void Ping(Member member, object token, TimeSpan now)
    {
        Set(now);
        var number = ++_sequence;
        _pending[number] = new PendingAck(PendingKind.Ping, _now) { Token = token };
        _timers.Set(_now + _options.ProbeTimeout, new TimerEntry(TimerKind.PingEnd, number));
        _message.Clear();
        _message.WritePing(number, member.Name, Self);
        SendDirect(_message.Written, member.Address);
    }

    /// <summary>The stream ping of this probe was answered.</summary>
    public void StreamPingAnswered(uint probe, TimeSpan now)
    {
        Set(now);
        if (_probe?.SequenceNumber == probe)
        {
            _probe.AnsweredStream = true;
        }
    }

    private void ProbeTick(TimeSpan due)
    {
        // Ticks that were missed are not made up for, but the rhythm is kept.
        var next = due + _options.ProbeInterval;
        _timers.Set(next > _now ? next : _now + _options.ProbeInterval, new TimerEntry(TimerKind.Probe));
        _probeOverdue = _probe is not null;
        if (!_probeOverdue)
        {
            ProbeNext();
        }
    }

    private void ProbeNext()
    {
        for (var wrapped = false; ;)
        {
            if (_ringPosition >= _ring.Count)
            {
                if (wrapped)
                {
                    return;
                }

                wrapped = true;
                Reap();
                _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ring));
                _ringPosition = 0;
                continue;
            }

            var node = _ring[_ringPosition++];
            if (node != _self && node.Member.IsRunning)
            {
                StartProbe(node);
                return;
            }
        }
    }

    private void StartProbe(Node node)
    {
        var probe = new Probe(++_sequence, node.Member, _now, _now + (_options.ProbeInterval * (HealthScore + 1)));
        _probe = probe;
        if (HealthScore > 0)
        {
            _output.Degraded(Degradation.SlowedProbe);
        }

        _pending[probe.SequenceNumber] = new PendingAck(PendingKind.Probe, _now);
        _message.Clear();
        _message.WritePing(probe.SequenceNumber, node.Member.Name, Self);
        bool sent;
        if (node.Member.State == MemberState.Suspect)
        {
            // Lifeguard's buddy system: whoever probes a suspect tells it that it is suspected.
            var length = _message.Length;
            _message.WriteAccusation(MessageType.Suspect, node.Member.Incarnation, node.Member.Name, Self.Name);
            _packet.Clear();
            StartCompound(_packet, 2);
            _packet.WriteUInt16((ushort)length);
            _packet.WriteUInt16((ushort)(_message.Length - length));
            _packet.Write(_message.Written);
            sent = _output.SendPacket(_packet.Written, node.Member.Address, HasChecksums(node.Member));
        }
        else
        {
            sent = SendDirect(_message.Written, node.Member.Address);
        }

        _timers.Set(probe.Deadline, new TimerEntry(TimerKind.ProbeVerdict, probe.SequenceNumber));
        if (sent)
        {
            _timers.Set(_now + _options.ProbeTimeout, new TimerEntry(TimerKind.ProbeTimeout, probe.SequenceNumber));
        }
        else
        {
            AskHelpers();
        }
    }

    private void AskHelpers()
    {
        var probe = _probe!;
        probe.IsIndirect = true;
        PickRandom(_options.IndirectChecks, n => n.Member.State == MemberState.Alive && n.Member.Name != probe.Target.Name);
        foreach (var helper in _picked)
        {
            var nacks = helper.Member.Versions.ProtocolMax >= FirstWithNacks;
            probe.NacksExpected += nacks ? 1 : 0;
            _message.Clear();
            _message.WriteIndirectPing(probe.SequenceNumber, probe.Target, nacks, Self);
            SendDirect(_message.Written, helper.Member.Address);
        }

        if (_options.StreamPings && probe.Target.Versions.ProtocolMax >= FirstWithStreamPings)
        {
            _output.PingStream(probe.SequenceNumber, probe.Target, probe.Deadline - _now);
        }
    }

    private void EndProbe()
    {
        var probe = _probe!;
        if (probe.AnsweredStream)
        {
            _output.DatagramsBlocked(probe.Target);
            ChangeHealth(-1);
            FinishProbe();
            return;
        }

        // Helpers that did not even say that they had no answer either: the trouble may be ours.
        ChangeHealth(probe.NacksExpected > 0 ? Math.Max(0, probe.NacksExpected - probe.Nacks) : 1);
        FinishProbe();
        if (_nodes.TryGetValue(probe.Target.Name, out var node))
        {
            Suspect(node, probe.Target.Incarnation, Self.Name, MemberEventReason.ProbeFailed);
        }
    }

    private void FinishProbe()
    {
        _pending.Remove(_probe!.SequenceNumber);
        _probe = null;
        if (_probeOverdue)
        {
            _probeOverdue = false;
            ProbeNext();
        }
    }

    private void HandlePing(in PingMessage ping, IPEndPoint from)
    {
        if (!ping.Node.IsEmpty && !ping.Node.SequenceEqual(_nameUtf8))
        {
            _output.Dropped(DropReason.NotForThisNode);
            return;
        }

        var payload = _hooks.GetAckPayload();
        if (payload?.Length > _options.DatagramSize - AckHead - _output.PacketOverhead)
        {
            _output.Dropped(DropReason.TooBig);
            payload = null;
        }

        _message.Clear();
        _message.WriteAck(ping.SequenceNumber, payload);
        SendDirect(_message.Written, ReplyAddress(ping.SourceAddress, ping.SourcePort, from));
    }

    private void HandleIndirectPing(in IndirectPingMessage ask, IPEndPoint from)
    {
        if (ask.Target.Length is not (4 or 16) || !TryReadName(ask.Node, out var target))
        {
            _output.Dropped(DropReason.Malformed);
            return;
        }

        if (_pending.Count >= RelayLimit)
        {
            _output.Dropped(DropReason.TooManyRelays);
            return;
        }

        var number = ++_sequence;
        _pending[number] = new PendingAck(PendingKind.Relay, _now)
        {
            ReplyTo = ReplyAddress(ask.SourceAddress, ask.SourcePort, from),
            ReplyNumber = ask.SequenceNumber,
        };
        // memberlist waits its whole time-out, and its nack then comes too late for the prober; Lifeguard asks for 80 %.
        if (ask.Nack)
        {
            _timers.Set(_now + (_options.ProbeTimeout * 0.8), new TimerEntry(TimerKind.RelayNack, number));
        }

        _timers.Set(_now + _options.ProbeTimeout, new TimerEntry(TimerKind.RelayEnd, number));
        _message.Clear();
        _message.WritePing(number, target, Self);
        SendDirect(_message.Written, ToEndPoint(ask.Target, ask.Port == 0 ? (ushort)Self.Address.Port : ask.Port));
    }

    private void HandleAck(in AckMessage ack)
    {
        if (!_pending.Remove(ack.SequenceNumber, out var pending))
        {
            return;
        }

        switch (pending.Kind)
        {
            case PendingKind.Probe:
                var probe = _probe!;
                ChangeHealth(-1);
                FinishProbe();
                if (!probe.IsIndirect)
                {
                    _output.PingAnswered(probe.Target, _now - pending.Sent, ack.Payload);
                }

                break;
            case PendingKind.Relay:
                _message.Clear();
                _message.WriteAck(pending.ReplyNumber, default);
                SendDirect(_message.Written, pending.ReplyTo!);
                break;
            case PendingKind.Ping:
                _output.CompletePing(pending.Token!, _now - pending.Sent);
                break;
        }
    }

    private void HandleNack(uint number)
    {
        if (_probe?.SequenceNumber == number)
        {
            _probe.Nacks++;
        }
    }

    private void SendNack(uint number)
    {
        var pending = _pending[number];
        _message.Clear();
        _message.WriteNack(pending.ReplyNumber);
        SendDirect(_message.Written, pending.ReplyTo!);
    }

    private void EndPing(uint number)
    {
        _pending.Remove(number, out var pending);
        _output.CompletePing(pending!.Token!, null);
    }

    private static bool HasChecksums(Member member) => member.Versions.ProtocolMax >= FirstWithChecksums;

    private static IPEndPoint ReplyAddress(ReadOnlySpan<byte> address, ushort port, IPEndPoint from)
    {
        if (port == 0 || address.Length is not (4 or 16))
        {
            return from;
        }

        Span<byte> sender = stackalloc byte[16];
        return port == from.Port && from.Address.TryWriteBytes(sender, out var length) && sender[..length].SequenceEqual(address)
            ? from
            : ToEndPoint(address, port);
    }

    // IPv4 in its 16-byte form is announced by nodes that are bound to any address; it is dialled as IPv4.
    private static IPEndPoint ToEndPoint(ReadOnlySpan<byte> address, ushort port)
    {
        var parsed = new IPAddress(address);
        return new IPEndPoint(parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed, port);
    }

    // Chooses up to so many members that fit, without this node.
    private void PickRandom(int count, Func<Node, bool> fits)
    {
        _picked.Clear();
        if (_ring.Count >= 3 * count)
        {
            for (var draw = 0; draw < 3 * _ring.Count && _picked.Count < count; draw++)
            {
                var node = _ring[_random.Next(_ring.Count)];
                if (node != _self && fits(node) && !_picked.Contains(node))
                {
                    _picked.Add(node);
                }
            }

            return;
        }

        _picked.AddRange(_ring.Where(n => n != _self && fits(n)));
        _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_picked));
        if (_picked.Count > count)
        {
            _picked.RemoveRange(count, _picked.Count - count);
        }
    }

    private enum PendingKind
    {
        Probe,
        Relay,
        Ping,
    }

    private sealed class PendingAck(PendingKind kind, TimeSpan sent)
    {
        public PendingKind Kind => kind;

        public TimeSpan Sent => sent;

        public object? Token { get; init; }

        public IPEndPoint? ReplyTo { get; init; }

        public uint ReplyNumber { get; init; }
    }

    private sealed class Probe(uint sequenceNumber, Member target, TimeSpan sent, TimeSpan deadline)
    {
        public uint SequenceNumber => sequenceNumber;

        public Member Target => target;

        public TimeSpan Sent => sent;

        public TimeSpan Deadline => deadline;

        public bool IsIndirect { get; set; }

        public bool AnsweredStream { get; set; }

        public int NacksExpected { get; set; }

        public int Nacks { get; set; }
    }
}
