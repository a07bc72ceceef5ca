using System.Net;
using ChittyChat.Membership;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation;

/// <summary>One process: the production core and codecs, with the simulated network and clock around them as the real shell has sockets and timers.</summary>
internal sealed class SimulatedNode : ICoreOutput
{
    // As the queue of the real shell: what comes while the process stands still is lost beyond it.
    private const int BacklogLimit = 4096;

    private readonly SimulatedCluster _cluster;
    private readonly TimeSpan _started;
    private readonly PacketCodec _codec;
    private readonly StreamCodec _streams;
    private readonly List<VirtualEvent> _backlog = [];
    private readonly Queue<Action> _completed = new();

    public SimulatedNode(SimulatedCluster cluster, int index, Member self, MembershipOptions options, Random random)
    {
        _cluster = cluster;
        _started = cluster.Now;
        Index = index;
        Address = self.Address;
        Port = (ushort)self.Address.Port;
        var keyring = new Keyring(options.SecretKeys);
        _codec = new PacketCodec(options, keyring);
        _streams = new StreamCodec(options, keyring);
        cluster.Observer?.Started(this);
        cluster.Observer?.MemberChanged(this, self.Name, self);
        Core = new MembershipCore(options, self, random, this, TimeSpan.Zero);
    }

    public int Index { get; }

    public IPEndPoint Address { get; }

    public ushort Port { get; }

    public MembershipCore Core { get; }

    /// <summary>Whether the process stands still: its input waits, its timers do not fire.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The moment of the wake-up that is under way; others are stale.</summary>
    public TimeSpan Armed { get; set; } = TimeSpan.MaxValue;

    /// <summary>Changes messages on their way out, to simulate a defective implementation; null: it is sound.</summary>
    public Func<byte[], byte[]?>? Tamper { get; set; }

    public Traffic Traffic { get; set; }

    public int PacketOverhead => _codec.Overhead;

    private TimeSpan Now => _cluster.Now - _started;

    /// <summary>Does one thing, then what has fallen due, as the loop of the real shell.</summary>
    public void Step(Action<MembershipCore, TimeSpan> input)
    {
        input(Core, Now);
        if (Core.NextDue <= Now)
        {
            Core.Advance(Now);
        }

        _cluster.Observer?.Stepped(this);
        while (_completed.TryDequeue(out var complete))
        {
            complete();
        }

        Arm();
    }

    public void Arm()
    {
        var due = Core.NextDue;
        if (due != TimeSpan.MaxValue && !IsPaused && _started + due < Armed)
        {
            Armed = Max(_started + due, _cluster.Now);
            _cluster.Wake(this, Armed);
        }
    }

    public void Take(in VirtualEvent input)
    {
        if (IsPaused)
        {
            if (input.Kind != VirtualEventKind.Wake && _backlog.Count < BacklogLimit)
            {
                _backlog.Add(input);
            }

            return;
        }

        switch (input.Kind)
        {
            case VirtualEventKind.Datagram:
                Receive((byte[])input.Payload!, _cluster.AddressOf(input.From, input.FromPort));
                break;
            case VirtualEventKind.Wake when Armed <= _cluster.Now:
                Armed = TimeSpan.MaxValue;
                Step(static (_, _) => { });
                break;
            case VirtualEventKind.Stream:
                Continue((StreamStep)input.Payload!, input.From, input.FromPort);
                break;
        }
    }

    public void Pause()
    {
        IsPaused = true;
        Armed = TimeSpan.MaxValue;
    }

    /// <summary>Goes on: as in the real shell, input that has waited comes before timers.</summary>
    public void Resume()
    {
        IsPaused = false;
        var waited = _backlog.ToArray();
        _backlog.Clear();
        foreach (var input in waited)
        {
            Take(input);
        }

        Arm();
    }

    public bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        if (Tamper is not null)
        {
            if (Tamper(packet.ToArray()) is not { } tampered)
            {
                return true;
            }

            packet = tampered;
        }

        var datagram = _codec.Seal(packet, checksum);
        Traffic = Traffic with { Datagrams = Traffic.Datagrams + 1, DatagramBytes = Traffic.DatagramBytes + datagram.Length };
        _cluster.Send(this, datagram, destination);
        return true;
    }

    public void PingStream(uint probe, Member target, TimeSpan timeout) => Dial(new StreamStep(this, target.Address)
    {
        PingTarget = target,
        Probe = probe,
        Deadline = _cluster.Now + timeout,
    });

    public void ExchangeState(IPEndPoint address, string? name, bool join) => Dial(new StreamStep(this, address)
    {
        Join = join,
        Deadline = _cluster.Now + _cluster.Options.StreamTimeout,
    });

    public void MemberChanged(string name, Member? current) => _cluster.Observer?.MemberChanged(this, name, current);

    public void Raise(MemberEvent change)
    {
        _cluster.Observer?.Raised(this, change);
        _cluster.MemberEvent?.Invoke(Index, change);
    }

    public void DeliverUserMessage(ReadOnlySpan<byte> payload) => _cluster.UserMessage?.Invoke(Index, payload.ToArray());

    public void Complete(object token) => _completed.Enqueue((Action)token);

    public void CompletePing(object token, TimeSpan? roundTrip)
    {
    }

    public void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
    }

    public void DatagramsBlocked(Member member)
    {
    }

    public void Dropped(DropReason reason) => _cluster.CountDrop(reason);

    public void Received(MessageType type)
    {
    }

    public void Refused(string name, string reason)
    {
    }

    public void GossipBegins()
    {
    }

    public void GossipEnds()
    {
    }

    public void Degraded(Degradation what)
    {
    }

    public void WokeUp(TimeSpan late)
    {
    }

    private void Receive(byte[] datagram, IPEndPoint from) => Step((core, now) =>
    {
        var reason = _codec.Open(datagram, out var packet);
        if (reason == DropReason.None)
        {
            _cluster.Observer?.Receiving(this, packet);
            core.ReceivePacket(packet, from, now);
        }
        else
        {
            Dropped(reason);
        }
    });

    // The core asks in the middle of a step; what goes over the stream is written after it.
    private void Dial(StreamStep stream)
    {
        Traffic = Traffic with { Streams = Traffic.Streams + 1 };
        _cluster.Continue(this, Index, Port, stream, TimeSpan.Zero);
    }

    private void Continue(StreamStep stream, int from, ushort fromPort)
    {
        switch (stream.Stage)
        {
            case StreamStage.Serve:
                Serve(stream, from, fromPort);
                break;
            // Streams do not outlive the process that opened them.
            case StreamStage.Dial when stream.Dialler == this:
                Request(stream);
                break;
            case StreamStage.Answer when stream.Dialler == this:
                TakeAnswer(stream);
                break;
        }
    }

    private void Request(StreamStep stream) => Step((core, now) =>
    {
        var request = new ByteWriter();
        if (stream.PingTarget is { } target)
        {
            request.WritePing(stream.Probe, target.Name, core.Self);
        }
        else
        {
            request.Write(core.WriteState(stream.Join, null, now));
        }

        stream.Bytes = _streams.Seal(request.Written, dialled: true);
        stream.Stage = StreamStage.Serve;
        SendStream(stream, stream.Listener, stream.ListenerPort, opens: true);
    });

    private void Serve(StreamStep stream, int from, ushort fromPort) => Step((core, now) =>
    {
        var message = Read(stream.Bytes, accepted: true);
        var answer = new ByteWriter();
        if (message.Type == MessageType.PushPull)
        {
            answer.Write(core.WriteState(message.IsJoin, null, now));
        }
        else
        {
            var reader = new MsgPackReader(message.Body.Span);
            if (!PingMessage.TryRead(ref reader, out var ping) || !ping.Node.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(core.Self.Name)))
            {
                return;
            }

            answer.WriteAck(ping.SequenceNumber, default);
        }

        stream.Bytes = _streams.Seal(answer.Written, dialled: false);
        stream.Stage = StreamStage.Answer;
        SendStream(stream, from, fromPort, opens: false);
        if (message.Type == MessageType.PushPull)
        {
            core.MergeState(message, isAnswer: false, now);
        }
    });

    private void TakeAnswer(StreamStep stream) => Step((core, now) =>
    {
        if (_cluster.Now > stream.Deadline)
        {
            return;
        }

        var message = Read(stream.Bytes, accepted: false);
        if (message.Type == MessageType.PushPull)
        {
            core.MergeState(message, isAnswer: true, now);
        }
        else
        {
            core.StreamPingAnswered(stream.Probe, now);
        }
    });

    private void SendStream(StreamStep stream, int to, ushort port, bool opens)
    {
        Traffic = Traffic with { StreamBytes = Traffic.StreamBytes + stream.Bytes.Length };
        if (_cluster.DrawStreamTime(Index, to, opens) is { } time)
        {
            _cluster.Continue(this, to, port, stream, time);
        }
    }

    private StreamMessage Read(ReadOnlyMemory<byte> bytes, bool accepted)
    {
        var reading = new StreamMessageReader(new MemoryStream(bytes.ToArray()), _streams).ReadAsync(accepted, CancellationToken.None);
#pragma warning disable VSTHRD002 // Everything is there to be read, so the task is complete.
        return reading.IsCompleted ? reading.GetAwaiter().GetResult() : throw new InvalidOperationException("A read from memory waits.");
#pragma warning restore VSTHRD002
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
