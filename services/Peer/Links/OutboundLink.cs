using System.Diagnostics;
using ChittyChat.Contracts.PeerLinks;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using Grpc.Core;
using Grpc.Net.Client;
using LinkReply = ChittyChat.Contracts.V1.LinkReply;

namespace ChittyChat.Peer.Links;

/// <summary>
/// The way of this peer's messages to one other peer: dials it for as long as it lasts, resumes where it stopped, and sends what the outbox has
/// from its place on. One call carries one session.
/// </summary>
internal sealed class OutboundLink : IAsyncDisposable
{
    private readonly ChatRoom _room;
    private readonly ChatTelemetry _telemetry;
    private readonly FaultInjector _faults;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly OutboxCursor _cursor;
    private readonly CancellationTokenSource _stopping = new();
    private readonly OutgoingLinkFrame _frame = new();
    private readonly List<OutgoingMessage> _batch = [];
    private readonly List<Activity> _spans = [];
    private Task _running = Task.CompletedTask;
    private bool _draining;
    private bool _reportedDown;

    public OutboundLink(SessionId receiver, string name, Uri address, ChatRoom room, ChatTelemetry telemetry, FaultInjector faults, TimeProvider time, Random random, ILogger logger)
    {
        Receiver = receiver;
        Name = name;
        Address = address;
        _room = room;
        _telemetry = telemetry;
        _faults = faults;
        _time = time;
        _logger = logger;
        _backoff = new Backoff(LinkRules.FirstRetry, LinkRules.LongestRetry, random);
        _cursor = room.Outbox.Open();
    }

    // How a call ended that did not fail.
    private enum Outcome
    {
        /// <summary>Everything was sent, and no more is to come.</summary>
        Drained,

        /// <summary>The next session has its turn.</summary>
        NextSession,

        /// <summary>The other end has stopped reading.</summary>
        Interrupted,
    }

    /// <summary>The session at the other end.</summary>
    public SessionId Receiver { get; }

    /// <summary>The peer at the other end.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public Uri Address { get; }

    /// <summary>How many messages the other end is not known to have.</summary>
    public long Lag => _room.Outbox.Lag(_cursor);

    /// <summary>Begins to dial.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Sends what there is, and ends; gives up when cancelled.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _draining, true);
        _cursor.Signal.Set();
        await Task.WhenAny(_running, Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken));
        await DisposeAsync();
    }

    /// <summary>Ends the link as it is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _cursor.Signal.Set();
        await _running;
        _room.Outbox.Close(_cursor);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        using var channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions { HttpHandler = Handler(), DisposeHttpClient = true });
        var invoker = channel.CreateCallInvoker();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Without a way back there is no connection either.
                await _faults.WhileCutAsync(Name, FaultDirections.Both, stopping);
                switch (await CallAsync(invoker, stopping))
                {
                    case Outcome.Drained:
                        return;
                    case Outcome.Interrupted:
                        await WaitAsync(stopping);
                        break;
                }
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException failure)
            {
                ReportDown(failure.Status.Detail, failure.StatusCode);
                await WaitAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                ReportDown("no answer in time", StatusCode.DeadlineExceeded);
                await WaitAsync(stopping);
            }
            catch (IOException broken)
            {
                ReportDown(broken.Message, StatusCode.Unavailable);
                await WaitAsync(stopping);
            }
            catch (Exception unexpected)
            {
                _logger.LinkFailed(unexpected, Name);
                await WaitAsync(stopping);
            }
        }
    }

    private static SocketsHttpHandler Handler() => new()
    {
        ConnectTimeout = LinkRules.AnswerTimeout,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        KeepAlivePingDelay = LinkRules.KeepAlive,
        KeepAlivePingTimeout = LinkRules.KeepAlive,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        // The messages carry their own traces; a call that lasts for days has no use for one.
        ActivityHeadersPropagator = null,
    };

    private async Task WaitAsync(CancellationToken stopping)
    {
        try
        {
            await Task.Delay(_backoff.Next(), _time, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }

    // Carries one session, from the hello on.
    private async Task<Outcome> CallAsync(CallInvoker invoker, CancellationToken stopping)
    {
        using var call = invoker.AsyncDuplexStreamingCall(PeerLinkCalls.ClientMethod, host: null, new CallOptions(cancellationToken: stopping));
        var (session, reply) = await GreetAsync(call, stopping);
        if (reply.Ended)
        {
            return await EndedAsync(session, stopping);
        }

        _backoff.Reset();
        _room.Outbox.Resume(_cursor, new MessageId(session, reply.Delivered));
        _logger.LinkUp(Name, reply.Delivered);
        _reportedDown = false;
        var replies = ReadRepliesAsync(call, session, stopping);
        var outcome = Outcome.Interrupted;
        try
        {
            outcome = await SendAsync(call, session, reply.Delivered, replies, stopping);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception interrupted) when (interrupted is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The call is over; why, the replies tell better.
        }

        return await replies ? await EndedAsync(session, stopping) : outcome;
    }

    private async Task<(SessionId Session, LinkReply Reply)> GreetAsync(AsyncDuplexStreamingCall<OutgoingLinkFrame, LinkReply> call, CancellationToken stopping)
    {
        var upcoming = _room.Outbox.Upcoming(_cursor);
        _frame.Clear();
        _frame.Hello = _room.Introduce(upcoming, Receiver);
        using var timeout = new CancellationTokenSource(LinkRules.AnswerTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        await call.RequestStream.WriteAsync(_frame, linked.Token);
        if (!await call.ResponseStream.MoveNext(linked.Token))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the peer ended the call without an answer"));
        }

        return (upcoming.Session, call.ResponseStream.Current);
    }

    // True: the other end takes no more of this session.
    private async Task<bool> ReadRepliesAsync(AsyncDuplexStreamingCall<OutgoingLinkFrame, LinkReply> call, SessionId session, CancellationToken stopping)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                var reply = call.ResponseStream.Current;
                await _faults.WhileCutAsync(Name, FaultDirections.In, stopping);
                if (reply.Ended)
                {
                    return true;
                }

                _room.Outbox.Acknowledge(_cursor, new MessageId(session, reply.Delivered));
            }

            return false;
        }
        finally
        {
            _cursor.Signal.Set();
        }
    }

    private async Task<Outcome> SendAsync(
        AsyncDuplexStreamingCall<OutgoingLinkFrame, LinkReply> call, SessionId session, ulong last, Task<bool> replies, CancellationToken stopping)
    {
        while (!replies.IsCompleted)
        {
            _batch.Clear();
            // On a faulty network each message takes its own time.
            var faulty = _faults.Of(Name) != LinkFaults.None;
            switch (_room.Outbox.Take(_cursor, session, _batch, faulty ? 1 : LinkRules.FrameMessages, LinkRules.FrameBytes))
            {
                case Outbox.Found.Messages:
                    if (faulty)
                    {
                        await HoldBackAsync(_batch[0], stopping);
                    }

                    Fill(last);
                    last = _batch[^1].Id.Sequence;
                    await WriteAsync(call);
                    break;
                case Outbox.Found.LaterSession:
                    return Outcome.NextSession;
                case Outbox.Found.Nothing when Volatile.Read(ref _draining):
                    return Outcome.Drained;
                default:
                    await _cursor.Signal.WaitAsync();
                    break;
            }
        }

        return Outcome.Interrupted;
    }

    // One after the other, so the order stays; counted from when it was published, so that a row of messages is not slower than each of them.
    private async Task HoldBackAsync(OutgoingMessage message, CancellationToken stopping)
    {
        var due = DateTimeOffset.UnixEpoch.AddMicroseconds(message.PublishedUnixMicroseconds) + _faults.Lateness(Name);
        for (var wait = due - _time.GetUtcNow(); wait > TimeSpan.Zero; wait = due - _time.GetUtcNow())
        {
            // A timer knows whole milliseconds only, and rounds down.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), _time, stopping);
        }

        await _faults.WhileCutAsync(Name, FaultDirections.Out, stopping);
    }

    private void Fill(ulong last)
    {
        _frame.Clear();
        _frame.Skipped = _batch[0].Id.Sequence - last - 1;
        if (_frame.Skipped > 0)
        {
            _telemetry.Skipped(Name, _frame.Skipped);
            _logger.LinkSkipped(Name, _frame.Skipped);
        }

        foreach (var message in _batch)
        {
            var span = message.Trace == default ? null : _telemetry.StartBroadcast(message, Name);
            if (span is not null)
            {
                _spans.Add(span);
            }

            _frame.Add(message.Encoded, span is null ? 0 : ChatTelemetry.NumberOf(span.SpanId));
        }
    }

    private async Task WriteAsync(AsyncDuplexStreamingCall<OutgoingLinkFrame, LinkReply> call)
    {
        try
        {
            await call.RequestStream.WriteAsync(_frame);
        }
        catch (Exception failure)
        {
            foreach (var span in _spans)
            {
                span.SetStatus(ActivityStatusCode.Error, failure.Message);
            }

            throw;
        }
        finally
        {
            foreach (var span in _spans)
            {
                span.Dispose();
            }

            _spans.Clear();
        }
    }

    // Either this peer has left, and the other end confirms it; or it was declared gone, and goes on as a new session.
    private async Task<Outcome> EndedAsync(SessionId session, CancellationToken stopping)
    {
        _room.Outbox.SkipSession(_cursor, session);
        if (!_room.IsJoined)
        {
            return Outcome.Drained;
        }

        _logger.SessionRefused(Name, session);
        await _room.OwnSessionEndedAsync(session, stopping);
        return Outcome.NextSession;
    }

    private void ReportDown(string reason, StatusCode code)
    {
        if (code is StatusCode.InvalidArgument or StatusCode.DataLoss)
        {
            _logger.LinkBroken(Name, code, reason);
        }
        else if (!_reportedDown)
        {
            _logger.LinkDown(Name, Address, code, reason);
        }

        _reportedDown = true;
    }
}
