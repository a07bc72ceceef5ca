using System.Net;
using System.Text;
using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>What goes over streams: one request each, answered on the same stream, then closed.</summary>
internal sealed class NodeStreams(
    NodeLoop loop, MembershipOptions options, StreamCodec codec, TimeProvider time, ITransport transport, MembershipMetrics metrics, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _name = Encoding.UTF8.GetBytes(options.Name);
    private readonly TaskSet _inbound = new();
    private readonly TaskSet _outbound = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Accepts streams until the node stops.</summary>
    public async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var accepted = await transport.AcceptAsync(_stop.Token);
                metrics.StreamsAccepted.Add(1);
                if (_inbound.Count >= options.MaxInboundStreams)
                {
                    logger.TooManyStreams(accepted.From, options.MaxInboundStreams);
                    await accepted.Stream.DisposeAsync();
                    continue;
                }

                _inbound.Run(() => ServeAsync(accepted));
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The other side was gone before it was accepted, or there are no more file handles for the moment.
                logger.AcceptFailed(e.Message);
                await Task.WhenAny(Task.Delay(AcceptPause, time, _stop.Token));
            }
        }
    }

    /// <summary>Ends all exchanges and waits until they have ended.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _inbound.WhenAllAsync();
        await _outbound.WhenAllAsync();
    }

    /// <summary>The last thing, when nothing can begin any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>Sends this node's state and gives the other side's.</summary>
    /// <exception cref="MembershipException">The other side cannot be reached, refused, or did not answer in time.</exception>
    public async Task<StreamMessage> ExchangeAsync(IPEndPoint address, bool join, Member? predecessor, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var state = await loop.CallAsync((core, now) => core.WriteState(join, predecessor, now), cancellationToken);
        var answer = await RequestAsync(address, codec.Seal(state, dialled: true), expectAnswer: true, options.StreamTimeout, cancellationToken);
        metrics.ExchangeTime.Record(time.GetElapsedTime(started).TotalSeconds);
        if (answer!.Type != MessageType.PushPull)
        {
            throw new MembershipException($"{address} answered a push/pull with a message of type {answer.Type}.");
        }

        metrics.ExchangedState(state, answer);
        return answer;
    }

    /// <summary>Sends a user message.</summary>
    /// <exception cref="MembershipException">The other side cannot be reached.</exception>
    public async Task SendUserMessageAsync(IPEndPoint address, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var message = new ByteWriter(payload.Length + 32);
        message.WriteUserHeader(payload.Length);
        message.Write(payload.Span);
        await RequestAsync(address, codec.Seal(message.Written, dialled: true), expectAnswer: false, options.StreamTimeout, cancellationToken);
    }

    /// <summary>Whether a member of this name answers at this address.</summary>
    public async Task<bool> PingAsync(IPEndPoint address, string name, uint sequenceNumber, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var message = new ByteWriter();
            message.WritePing(sequenceNumber, name, loop.Self);
            var answer = await RequestAsync(address, codec.Seal(message.Written, dialled: true), expectAnswer: true, timeout, cancellationToken);
            return answer!.Type == MessageType.Ack && IsAckOf(sequenceNumber, answer);
        }
        catch (MembershipException e)
        {
            logger.StreamPingFailed(name, address, e.Message);
            return false;
        }
    }

    public void ProbeInBackground(uint probe, Member target, TimeSpan timeout) => _outbound.Run(async () =>
    {
        try
        {
            if (await PingAsync(target.Address, target.Name, probe, timeout, _stop.Token))
            {
                await loop.CallAsync((core, now) => Done(() => core.StreamPingAnswered(probe, now)), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The node stops.
            return;
        }
    });

    /// <param name="address">Where to.</param>
    /// <param name="name">Who has to answer there, since a member that was lost may have been followed by one of another cluster; null: whoever does.</param>
    /// <param name="join">Whether it is an attempt to get back together.</param>
    public void ExchangeInBackground(IPEndPoint address, string? name, bool join) => _outbound.Run(async () =>
    {
        try
        {
            if (name is not null && !await PingAsync(address, name, 1, options.StreamTimeout, _stop.Token))
            {
                logger.ExchangeFailed(address, $"{name} does not answer there");
                return;
            }

            var answer = await ExchangeAsync(address, join, null, _stop.Token);
            var refusal = await loop.CallAsync((core, now) => core.MergeState(answer, isAnswer: true, now), _stop.Token);
            if (refusal is not null)
            {
                logger.ExchangeFailed(address, refusal);
            }
        }
        catch (MembershipException e)
        {
            logger.ExchangeFailed(address, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The node stops.
            return;
        }
    });

    private async Task<StreamMessage?> RequestAsync(
        IPEndPoint address, ReadOnlyMemory<byte> request, bool expectAnswer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token, cancellationToken);
        try
        {
            metrics.StreamsOpened.Add(1);
            await using var stream = await transport.ConnectAsync(address, linked.Token);
            await stream.WriteAsync(request, linked.Token);
            metrics.StreamBytesSent.Add(request.Length);
            if (!expectAnswer)
            {
                return null;
            }

            var answer = await new StreamMessageReader(stream, codec).ReadAsync(accepted: false, linked.Token);
            return answer.Type == MessageType.Error ? throw new MembershipException($"{address} refused: {ErrorOf(answer)}") : answer;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MembershipException($"{address} did not answer within {timeout.TotalSeconds:0.###} s.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(MembershipNode));
        }
        catch (EndOfStreamException e)
        {
            throw new MembershipException($"{address} closed the stream without an answer: its label may be another one, or it has too many streams open.", e);
        }
        catch (Exception e) when (e is not (MembershipException or OperationCanceledException or ObjectDisposedException or OutOfMemoryException))
        {
            // Of sockets, or whatever another transport gives as its reason.
            throw new MembershipException($"{address}: {e.Message}", e);
        }
    }

    private async Task ServeAsync(AcceptedConnection accepted)
    {
        using var limit = new CancellationTokenSource(options.StreamTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        await using var stream = accepted.Stream;
        try
        {
            var message = await new StreamMessageReader(stream, codec).ReadAsync(accepted: true, linked.Token);
            if (SenderOf(message) is { } sender && !transport.Serves(sender))
            {
                return;
            }

            await AnswerAsync(stream, message, accepted.From, linked.Token);
        }
        catch (StreamProtocolException e)
        {
            metrics.Dropped(e.Reason);
            logger.StreamFailed(accepted.From, e.Message);
            await RefuseAsync(stream, e, linked.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.StreamFailed(accepted.From, e.Message);
        }
    }

    private async Task AnswerAsync(Stream stream, StreamMessage message, IPEndPoint from, CancellationToken cancellationToken)
    {
        switch (message.Type)
        {
            case MessageType.Ping when IsPingForThisNode(message, out var sequenceNumber):
                var ack = new ByteWriter();
                ack.WriteAck(sequenceNumber, default);
                await WriteAsync(stream, ack.Written.ToArray(), cancellationToken);
                break;
            case MessageType.Ping:
                metrics.Dropped(DropReason.NotForThisNode);
                break;
            case MessageType.User:
                await loop.CallAsync((core, _) => Done(() => loop.DeliverUserMessage(message.Tail.Span)), cancellationToken);
                break;
            case MessageType.PushPull:
                var state = await loop.CallAsync((core, now) => core.WriteState(message.IsJoin, null, now), cancellationToken);
                await WriteAsync(stream, state, cancellationToken);
                metrics.ExchangedState(state, message);
                var refusal = await loop.CallAsync((core, now) => core.MergeState(message, isAnswer: false, now), cancellationToken);
                if (refusal is not null)
                {
                    metrics.Dropped(DropReason.Refused);
                    logger.ExchangeFailed(from, refusal);
                }

                break;
            default:
                throw new StreamProtocolException(DropReason.UnknownType, $"message type {message.Type} is not a request");
        }
    }

    // Whoever belongs to another cluster is not told anything; others learn what is wrong, encrypted if this cluster is.
    private async Task RefuseAsync(Stream stream, StreamProtocolException cause, CancellationToken cancellationToken)
    {
        if (cause.Reason is DropReason.WrongLabel or DropReason.Truncated)
        {
            return;
        }

        try
        {
            var error = new ByteWriter();
            error.WriteError(cause.Message);
            await WriteAsync(stream, error.ToArray(), cancellationToken);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.StreamFailed(transport.LocalEndPoint, e.Message);
        }
    }

    private async Task WriteAsync(Stream stream, byte[] message, CancellationToken cancellationToken)
    {
        var bytes = codec.Seal(message, dialled: false);
        await stream.WriteAsync(bytes, cancellationToken);
        metrics.StreamBytesSent.Add(bytes.Length);
    }

    // Null when the message does not say.
    private static string? SenderOf(StreamMessage message)
    {
        var name = ReadOnlySpan<byte>.Empty;
        var reader = new MsgPackReader(message.Body.Span);
        if (message.Type == MessageType.Ping && PingMessage.TryRead(ref reader, out var ping))
        {
            name = ping.SourceNode;
        }
        else if (message.Type == MessageType.PushPull)
        {
            foreach (var record in message.Members)
            {
                name = record.Node;
                break;
            }
        }

        return name.IsEmpty ? null : Encoding.UTF8.GetString(name);
    }

    private bool IsPingForThisNode(StreamMessage message, out uint sequenceNumber)
    {
        var reader = new MsgPackReader(message.Body.Span);
        var read = PingMessage.TryRead(ref reader, out var ping);
        sequenceNumber = ping.SequenceNumber;
        return read && (ping.Node.IsEmpty || ping.Node.SequenceEqual(_name));
    }

    private static bool IsAckOf(uint sequenceNumber, StreamMessage message)
    {
        var reader = new MsgPackReader(message.Body.Span);
        return AckMessage.TryRead(ref reader, out var ack) && ack.SequenceNumber == sequenceNumber;
    }

    private static string ErrorOf(StreamMessage message)
    {
        var reader = new MsgPackReader(message.Body.Span);
        return SmallMessages.TryReadError(ref reader, out var error) ? Encoding.UTF8.GetString(error) : "no reason given";
    }

    private static bool Done(Action action)
    {
        action();
        return true;
    }
}
