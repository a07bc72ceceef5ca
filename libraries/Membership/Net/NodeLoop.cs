using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>
/// Owns the core: one loop feeds it with datagrams, calls and time, and carries out what it wants done. Everything else reads
/// published snapshots.
/// </summary>
internal sealed class NodeLoop : ICoreOutput
{
    private static readonly TimeSpan ReceivePause = TimeSpan.FromMilliseconds(10);

    private readonly MembershipOptions _options;
    private readonly TimeProvider _time;
    private readonly ITransport _transport;
    private readonly MembershipMetrics _metrics;
    private readonly ILogger _logger;
    private readonly PacketCodec _codec;
    private readonly long _started;
    private readonly ITimer _timer;
    // Full: datagrams are dropped and counted, calls wait.
    private readonly Channel<Input> _inputs;
    private readonly List<Member> _sorted = [];
    private readonly Queue<MemberEvent> _raised = new();
    private readonly Queue<Action> _completed = new();
    private readonly Queue<Action<MembershipCore, TimeSpan>> _deferred = new();
    private readonly Subscribers<MemberEvent> _events;
    private readonly Subscribers<ReadOnlyMemory<byte>> _messages;
    private readonly MembershipCore _core;
    private Member[] _members = [];
    private Member _self;
    private bool _changed;
    private TimeSpan _armed = TimeSpan.MaxValue;
    private int _healthScore;
    private int _queued;
    private long _gossipBegan;

    public NodeLoop(
        MembershipOptions options, Member self, Keyring keyring, TimeProvider time, Random random, ITransport transport, MembershipMetrics metrics, ILogger logger)
    {
        _options = options;
        _time = time;
        _transport = transport;
        _metrics = metrics;
        _logger = logger;
        _self = self;
        _codec = new PacketCodec(options, keyring);
        _events = new Subscribers<MemberEvent>(options.EventQueueLimit, metrics, logger);
        _messages = new Subscribers<ReadOnlyMemory<byte>>(options.EventQueueLimit, metrics, logger);
        _inputs = Channel.CreateBounded<Input>(
            new BoundedChannelOptions(options.InputQueueLimit) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(_ => _inputs.Writer.TryWrite(default), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        MemberChanged(self.Name, self);
        _core = new MembershipCore(options, self, random, this, TimeSpan.Zero);
        FinishStep();
        metrics.Observe(() => HealthScore, () => QueuedBroadcasts, () => Members);
    }

    public Member Self => Volatile.Read(ref _self);

    public ImmutableArray<Member> Members => ImmutableCollectionsMarshal.AsImmutableArray(Volatile.Read(ref _members));

    public int HealthScore => Volatile.Read(ref _healthScore);

    /// <summary>How many messages waited to be gossiped after the last step.</summary>
    public int QueuedBroadcasts => Volatile.Read(ref _queued);

    /// <summary>The latest round trip to each member that has answered directly.</summary>
    public ConcurrentDictionary<string, TimeSpan> RoundTrips { get; } = new(StringComparer.Ordinal);

    public int PacketOverhead => _codec.Overhead;

    /// <summary>What the core's wishes for streams are handed to; set before the loop runs.</summary>
    public NodeStreams Streams { get; set; } = null!;

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public async Task RunAsync()
    {
        var reader = _inputs.Reader;
        Arm();
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out var input))
            {
                Step(input);
            }

            Arm();
        }

        await _timer.DisposeAsync();
        _events.Complete();
        _messages.Complete();
    }

    /// <summary>Takes no more input; what is queued is still worked off.</summary>
    public void Stop() => _inputs.Writer.TryComplete();

    /// <summary>Receives datagrams until cancelled.</summary>
    public async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[Limits.Datagram];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var received = await _transport.ReceiveAsync(buffer, cancellationToken);
                _metrics.DatagramBytesReceived.Add(received.Length);
                var copy = ArrayPool<byte>.Shared.Rent(Math.Max(1, received.Length));
                buffer.AsSpan(0, received.Length).CopyTo(copy);
                if (!_inputs.Writer.TryWrite(new Input(copy, received.Length, received.From, null)))
                {
                    ArrayPool<byte>.Shared.Return(copy);
                    _metrics.Dropped(DropReason.QueueFull);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // An error that an earlier datagram caused at its receiver is reported here, on some systems; the socket goes on.
                _logger.ReceiveFailed(e.Message);
                await Task.WhenAny(Task.Delay(ReceivePause, _time, cancellationToken));
            }
        }
    }

    /// <summary>Runs <paramref name="call"/> in the loop and gives its result after all that it caused was published.</summary>
    /// <exception cref="ObjectDisposedException">The node was disposed.</exception>
    public async Task<T> CallAsync<T>(Func<MembershipCore, TimeSpan, T> call, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _inputs.Writer.WriteAsync(new Input(null, 0, null, (core, now) =>
            {
                try
                {
                    var result = call(core, now);
                    _completed.Enqueue(() => done.TrySetResult(result));
                }
                catch (Exception e)
                {
                    done.TrySetException(e);
                }
            }), cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(MembershipNode));
        }

        return await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs <paramref name="call"/> after the present step. For hooks only, which are called by the loop itself.</summary>
    public void Defer(Action<MembershipCore, TimeSpan> call) => _deferred.Enqueue(call);

    /// <summary>Subscribes to events: the running members of this moment first.</summary>
    /// <remarks>Cannot be cancelled half-way: nobody would end the subscription.</remarks>
    public Task<ChannelReader<MemberEvent>> SubscribeAsync() =>
        CallAsync((core, _) => _events.Add(_sorted.Where(m => m.IsRunning).Select(m => new MemberEvent(MemberEventKind.Joined, m))), CancellationToken.None);

    public Task<ChannelReader<ReadOnlyMemory<byte>>> SubscribeMessagesAsync() => CallAsync((core, _) => _messages.Add([]), CancellationToken.None);

    /// <summary>Makes room for those who follow something else that happens in this loop.</summary>
    public Subscribers<T> NewSubscribers<T>() => new(_options.EventQueueLimit, _metrics, _logger);

    /// <summary>Ends a subscription; its reader may be called by anybody.</summary>
    public void Unsubscribe(ChannelReader<MemberEvent> reader) => _events.Remove(reader);

    public void Unsubscribe(ChannelReader<ReadOnlyMemory<byte>> reader) => _messages.Remove(reader);

    public bool SendPacket(ReadOnlySpan<byte> packet, IPEndPoint destination, bool checksum)
    {
        var datagram = _codec.Seal(packet, checksum);
        try
        {
            _transport.Send(datagram, destination);
            _metrics.DatagramBytesSent.Add(datagram.Length);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever a transport fails with: the core is in the middle of a step, and goes on as with a datagram that was lost.
            _logger.SendFailed(destination, e.Message);
            return false;
        }
    }

    public void PingStream(uint probe, Member target, TimeSpan timeout) => Streams.ProbeInBackground(probe, target, timeout);

    public void ExchangeState(IPEndPoint address, string? name, bool join) => Streams.ExchangeInBackground(address, join ? name : null, join);

    public void MemberChanged(string name, Member? current)
    {
        _changed = true;
        var index = IndexOf(name);
        if (index < 0)
        {
            _sorted.Insert(~index, current!);
        }
        else if (current is null)
        {
            _sorted.RemoveAt(index);
            RoundTrips.TryRemove(name, out _);
        }
        else
        {
            _sorted[index] = current;
        }

        if (name == _self.Name)
        {
            if (current!.Incarnation != _self.Incarnation)
            {
                IncarnationFile.Keep(_options.IncarnationFile, current.Incarnation, _logger);
            }

            Volatile.Write(ref _self, current);
        }
    }

    public void Raise(MemberEvent change) => _raised.Enqueue(change);

    public void DeliverUserMessage(ReadOnlySpan<byte> payload)
    {
        _options.Hooks!.OnUserMessage(payload);
        if (_messages.HasAny)
        {
            _messages.Publish(payload.ToArray());
        }
    }

    public void Complete(object token) => _completed.Enqueue(() => ((TaskCompletionSource)token).TrySetResult());

    public void CompletePing(object token, TimeSpan? roundTrip) => _completed.Enqueue(() => ((TaskCompletionSource<TimeSpan?>)token).TrySetResult(roundTrip));

    public void PingAnswered(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
        _metrics.ProbeTime.Record(roundTrip.TotalSeconds);
        RoundTrips[member.Name] = roundTrip;
        _options.Hooks!.OnPingCompleted(member, roundTrip, payload);
    }

    public void DatagramsBlocked(Member member) => _logger.DatagramsBlocked(member);

    public void Dropped(DropReason reason)
    {
        _metrics.Dropped(reason);
        _logger.Dropped(reason);
    }

    public void Received(MessageType type) => _metrics.Received(type);

    public void Refused(string name, string reason) => _logger.Refused(name, reason);

    public void GossipBegins() => _gossipBegan = _time.GetTimestamp();

    public void GossipEnds() => _metrics.GossipTime.Record(_time.GetElapsedTime(_gossipBegan).TotalSeconds);

    public void Degraded(Degradation what) => _metrics.Degraded(what);

    public void WokeUp(TimeSpan late) => _logger.WokeUp(late);

    private TimeSpan Now => _time.GetElapsedTime(_started);

    private void Step(in Input input)
    {
        try
        {
            if (input.Buffer is null && input.Call is null)
            {
                // The timer went off, possibly a moment too early: timers and timestamps come from different clocks.
                _armed = TimeSpan.MaxValue;
            }
            else if (input.Call is not null)
            {
                input.Call(_core, Now);
            }
            else if (input.Buffer is not null)
            {
                var reason = _codec.Open(input.Buffer.AsSpan(0, input.Length), out var packet);
                if (reason == DropReason.None)
                {
                    _core.ReceivePacket(packet, input.From!, Now);
                }
                else
                {
                    Dropped(reason);
                }
            }

            var now = Now;
            if (_core.NextDue <= now)
            {
                _core.Advance(now);
            }

            FinishStep();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A defect. The table is consistent after every message, so going on is better than a node that looks alive and is not.
            _logger.StepFailed(e);
        }
        finally
        {
            if (input.Buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(input.Buffer);
            }
        }
    }

    // Publishes first, then tells: whoever is told something finds it in the snapshot.
    private void FinishStep()
    {
        do
        {
            if (_changed)
            {
                _changed = false;
                Volatile.Write(ref _members, [.. _sorted]);
            }

            while (_raised.TryDequeue(out var change))
            {
                Log(change);
                _options.Hooks!.OnMemberEvent(change);
                _events.Publish(change);
            }

            while (_completed.TryDequeue(out var complete))
            {
                complete();
            }

            if (_deferred.TryDequeue(out var call))
            {
                call(_core, Now);
            }
        }
        while (_changed || _raised.Count > 0 || _completed.Count > 0 || _deferred.Count > 0);

        if (_core is not null)
        {
            Volatile.Write(ref _healthScore, _core.HealthScore);
            Volatile.Write(ref _queued, _core.QueuedBroadcasts + _core.QueuedUserBroadcasts + _core.QueuedBroadcastsToAll);
        }
    }

    // The place of a name, or the complement of where it belongs.
    private int IndexOf(string name)
    {
        int low = 0, high = _sorted.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(_sorted[middle].Name, name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private void Log(MemberEvent change)
    {
        if (change.Kind is MemberEventKind.Suspected or MemberEventKind.Failed or MemberEventKind.Conflict)
        {
            _logger.ChangedForTheWorse(change.Kind, change.Member, change.Reason, change.From);
        }
        else
        {
            _logger.Changed(change.Kind, change.Member, change.Reason, change.From);
        }
    }

    private void Arm()
    {
        var due = _core.NextDue;
        if (due != _armed)
        {
            _armed = due;
            // Timers cut off at whole milliseconds: rounded up, they seldom fire before there is something to do.
            var wait = due == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - Now).TotalMilliseconds)));
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private readonly record struct Input(byte[]? Buffer, int Length, IPEndPoint? From, Action<MembershipCore, TimeSpan>? Call);
}
