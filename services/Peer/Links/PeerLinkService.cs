using ChittyChat.Contracts.PeerLinks;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;
using Grpc.Core;

namespace ChittyChat.Peer.Links;

/// <summary>The receiving end of the links: delivers what comes, and acknowledges it now and then.</summary>
internal sealed class PeerLinkService(ChatPeer peer, ChatRoom room, LinkMesh mesh, FaultInjector faults, TimeProvider time, ILogger<PeerLinkService> logger)
    : PeerLinkServer
{
    /// <inheritdoc/>
    public override async Task Broadcast(
        IAsyncStreamReader<ReceivedLinkFrame> requestStream, IServerStreamWriter<LinkReply> responseStream, ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, peer.Leaving);
        try
        {
            if (!await requestStream.MoveNext(ending.Token) || requestStream.Current is not { Malformed: null, Hello: { } hello })
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, "A link begins with a hello."));
            }

            var introduction = LinkMapping.Read(hello);
            await faults.WhileCutAsync(introduction.Name, FaultDirections.Both, ending.Token);
            var admitted = room.Admit(introduction);
            if (admitted.Verdict != LinkVerdict.Accepted)
            {
                await RefuseAsync(responseStream, introduction.Session, admitted);
                return;
            }

            var call = mesh.Opened(introduction);
            try
            {
                await ReceiveAsync(new FaultyFrames(requestStream, faults, introduction.Name, time), responseStream, call, admitted.Delivered, ending.Token);
            }
            finally
            {
                mesh.Closed(call);
            }
        }
        catch (Exception over) when (
            over is IOException || (ending.IsCancellationRequested && over is OperationCanceledException or RpcException)
            || (context.CancellationToken.IsCancellationRequested && over is InvalidOperationException))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This peer has left, or the connection is broken."));
        }
    }

    private async Task ReceiveAsync(
        FaultyFrames frames, IServerStreamWriter<LinkReply> replies, InboundCall from, ulong delivered, CancellationToken ending)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ending, from.Ended);
        await replies.WriteAsync(Reply(from.Session, delivered), ending);
        var acknowledgements = new Acknowledgements(replies, from, faults, time);
        var acknowledging = acknowledgements.RunAsync(ending);
        var result = new LinkResult(LinkVerdict.Accepted, delivered);
        try
        {
            while (result.Verdict == LinkVerdict.Accepted && await frames.MoveNext(reading.Token))
            {
                var frame = frames.Current;
                result = frame.Malformed is { } fault
                    ? new LinkResult(LinkVerdict.Malformed, Detail: fault)
                    : await room.ReceiveAsync(from.Session, frame, ending);
                if (result.Missed > 0)
                {
                    logger.MessagesMissed(from.Name, result.Missed);
                }

                if (result.Verdict == LinkVerdict.Accepted)
                {
                    acknowledgements.Delivered(result.Delivered);
                }
            }
        }
        catch (OperationCanceledException) when (from.Ended.IsCancellationRequested && !ending.IsCancellationRequested)
        {
            result = new LinkResult(LinkVerdict.Ended);
        }
        finally
        {
            acknowledgements.Complete();
            await acknowledging;
        }

        await faults.WhileCutAsync(from.Name, FaultDirections.Out, ending);

        if (result.Verdict == LinkVerdict.Accepted)
        {
            await replies.WriteAsync(Reply(from.Session, result.Delivered), ending);
        }
        else
        {
            await RefuseAsync(replies, from.Session, result);
        }
    }

    private static async Task RefuseAsync(IServerStreamWriter<LinkReply> replies, SessionId session, LinkResult result)
    {
        if (result.Verdict == LinkVerdict.Ended)
        {
            await replies.WriteAsync(new LinkReply { Session = session.Value, Ended = true });
            return;
        }

        var code = result.Verdict switch
        {
            LinkVerdict.NotInChat => StatusCode.Unavailable,
            LinkVerdict.WrongPeer => StatusCode.FailedPrecondition,
            LinkVerdict.MissingMessages => StatusCode.DataLoss,
            _ => StatusCode.InvalidArgument,
        };
        throw new RpcException(new Status(code, result.Detail));
    }

    private static LinkReply Reply(SessionId session, ulong delivered) => new() { Session = session.Value, Delivered = delivered };

    // Writes at most one acknowledgement per delay, of the newest number.
    private sealed class Acknowledgements(IServerStreamWriter<LinkReply> replies, InboundCall from, FaultInjector faults, TimeProvider time)
    {
        private readonly AsyncSignal _signal = new();
        private ulong _delivered;
        private bool _complete;

        public void Delivered(ulong sequence)
        {
            Volatile.Write(ref _delivered, sequence);
            _signal.Set();
        }

        public void Complete()
        {
            Volatile.Write(ref _complete, true);
            _signal.Set();
        }

        public async Task RunAsync(CancellationToken ending)
        {
            try
            {
                while (true)
                {
                    await _signal.WaitAsync();
                    if (Volatile.Read(ref _complete))
                    {
                        return;
                    }

                    await Task.Delay(LinkRules.AcknowledgementDelay, time, ending);
                    await faults.WhileCutAsync(from.Name, FaultDirections.Out, ending);
                    await replies.WriteAsync(Reply(from.Session, Volatile.Read(ref _delivered)), ending);
                }
            }
            catch (Exception over) when (over is OperationCanceledException or IOException or InvalidOperationException or RpcException)
            {
                // The call is over; whoever reads its frames notices too.
            }
        }
    }
}
