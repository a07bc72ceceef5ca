using ChittyChat.LogicalTime;
using ChittyChat.Peer.Chat;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Grpc;

/// <summary>The chat for any gRPC client: this peer is the proxy of those who join here.</summary>
[BindServiceMethod(typeof(ChatBinding), nameof(ChatBinding.BindService))]
internal sealed class ChatService(ChatPeer peer, ChatRoom room) : Wire.Chat.ChatBase
{
    private const int DefaultHistory = 100;
    private const int LongestHistory = 10_000;
    private const int EventsAtOnce = 256;

    /// <inheritdoc/>
    public override async Task<Wire.PublishResponse> Publish(Wire.PublishRequest request, ServerCallContext context)
    {
        try
        {
            var participant = request.Participant.Length == 0 ? room.Name : request.Participant;
            var published = await room.PublishAsync(participant, request.Text, new LamportTime(request.LamportTime), context.CancellationToken);
            return new Wire.PublishResponse { MessageId = ChatMapping.Write(published.Id), LamportTime = published.Time.Value };
        }
        catch (ChatRefusedException refused)
        {
            throw ChatMapping.Write(refused);
        }
    }

    /// <inheritdoc/>
    public override async Task Join(Wire.JoinRequest request, IServerStreamWriter<Wire.ChatEvent> responseStream, ServerCallContext context)
    {
        // Follows from before the "joined", so that this is the first event and nothing after it is missed.
        using var follower = room.Deliveries.Follow();
        Participation participation;
        try
        {
            participation = await room.JoinAsync(request.Participant, new LamportTime(request.LamportTime), context.CancellationToken);
        }
        catch (ChatRefusedException refused)
        {
            throw ChatMapping.Write(refused);
        }

        using var wakeOnEnd = context.CancellationToken.Register(follower.Signal.Set);
        try
        {
            await SendAsync(participation, follower, responseStream, context.CancellationToken);
        }
        finally
        {
            // The call may be over; the goodbye goes to the others.
            await room.EndAsync(participation);
        }
    }

    /// <inheritdoc/>
    public override async Task<Wire.LeaveResponse> Leave(Wire.LeaveRequest request, ServerCallContext context)
    {
        try
        {
            var left = await room.LeaveAsync(request.Participant, new LamportTime(request.LamportTime), context.CancellationToken);
            return new Wire.LeaveResponse { LamportTime = left.Time.Value };
        }
        catch (ChatRefusedException refused)
        {
            throw ChatMapping.Write(refused);
        }
    }

    /// <inheritdoc/>
    public override Task<Wire.MembersResponse> Members(Wire.MembersRequest request, ServerCallContext context)
    {
        var membership = peer.Membership ?? throw new RpcException(new Status(StatusCode.Unavailable, "This peer has not joined the chat yet."));
        return Task.FromResult(new Wire.MembersResponse
        {
            LamportTime = room.Clock.Now.Value,
            Members = { membership.Members.Select(m => ChatMapping.Write(m, room.ParticipantsOf(m.Session))) },
        });
    }

    /// <inheritdoc/>
    public override Task<Wire.HistoryResponse> History(Wire.HistoryRequest request, ServerCallContext context)
    {
        var limit = request.Limit == 0 ? DefaultHistory : (int)Math.Min(request.Limit, LongestHistory);
        var response = new Wire.HistoryResponse();
        foreach (ref readonly var delivery in room.Deliveries.Newest(limit).AsSpan())
        {
            response.Events.Add(ChatMapping.Write(delivery));
        }

        return Task.FromResult(response);
    }

    // Until the participant has left, by whichever way.
    private static async Task SendAsync(
        Participation participation, DeliveryFollower follower, IServerStreamWriter<Wire.ChatEvent> events, CancellationToken cancellationToken)
    {
        List<Delivery> batch = [];
        var hasJoined = false;
        var buffered = new WriteOptions(WriteFlags.BufferHint);
        while (!cancellationToken.IsCancellationRequested)
        {
            batch.Clear();
            if (follower.Read(batch, EventsAtOnce) > 0)
            {
                throw TooSlow();
            }

            for (var i = 0; i < batch.Count; i++)
            {
                var delivery = batch[i];
                if (participation.IsOver && delivery.Kind == EventKind.Left && delivery.Participant == participation.Name)
                {
                    return;
                }

                hasJoined |= delivery.Id == participation.Joined.Id;
                if (hasJoined)
                {
                    // A stream write for each event, a flush for each batch.
                    events.WriteOptions = i + 1 < batch.Count ? buffered : null;
                    var write = events.WriteAsync(ChatMapping.Write(delivery), cancellationToken);
                    if (!write.IsCompleted && await Task.WhenAny(write, follower.Overtaken) != write)
                    {
                        // Nobody reads: the write would wait for as long as the connection lives.
                        throw TooSlow();
                    }

                    await write;
                }
            }

            if (batch.Count == 0)
            {
                await follower.Signal.WaitAsync();
            }
        }
    }

    private static RpcException TooSlow() =>
        new(new Status(StatusCode.ResourceExhausted, "The stream was not read fast enough; the participant has left. Join again."));
}
