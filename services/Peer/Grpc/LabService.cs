using System.Collections.Immutable;
using ChittyChat.Peer.Chat;
using Grpc.Core;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Grpc;

/// <summary>What the lab's web page sees of this peer.</summary>
internal sealed class LabService(ChatPeer peer, ChatRoom room, TimeProvider time) : Wire.Lab.LabBase
{
    private const int LongestBacklog = 10_000;
    private const int EventsAtOnce = 256;

    private static readonly TimeSpan InfoPeriod = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override async Task Watch(Wire.WatchPeerRequest request, IServerStreamWriter<Wire.LabEvent> responseStream, ServerCallContext context)
    {
        var membership = peer.Membership ?? throw new RpcException(new Status(StatusCode.Unavailable, "This peer has not joined the chat yet."));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, peer.Leaving);
        using var follower = room.Deliveries.Follow((int)Math.Min(request.Backlog, LongestBacklog));
        using var wakeOnEnd = ending.Token.Register(follower.Signal.Set);
        // One writer, woken by deliveries, by the members and by the clock.
        var members = new Newest(membership.Members);
        var watching = WatchMembersAsync(membership, members, follower.Signal, ending.Token);
        await using var everySecond = time.CreateTimer(_ => follower.Signal.Set(), null, InfoPeriod, InfoPeriod);
        try
        {
            await SendAsync(membership, members, follower, responseStream, ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            await watching;
        }
    }

    /// <inheritdoc/>
    public override Task<Wire.WhoHasResponse> WhoHas(Wire.WhoHasRequest request, ServerCallContext context)
    {
        if (request.MessageId is not { Session: not 0, Sequence: not 0 } id)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "A message is named by its session and its number, neither of which is 0."));
        }

        // Asked before the search: what comes to be forgotten meanwhile must not pass for "never delivered".
        var complete = room.Deliveries.IsComplete;
        return Task.FromResult(room.Deliveries.Find(new MessageId(new SessionId(id.Session), id.Sequence)) is { } delivery
            ? new Wire.WhoHasResponse
            {
                Answer = Wire.WhoHasResponse.Types.Answer.Delivered,
                DeliveredAt = delivery.DeliveredAt.Value,
                DeliveredUnixMs = delivery.DeliveredUnixMicroseconds / 1_000,
            }
            : new Wire.WhoHasResponse { Answer = complete ? Wire.WhoHasResponse.Types.Answer.NotDelivered : Wire.WhoHasResponse.Types.Answer.Unknown });
    }

    /// <inheritdoc/>
    public override Task<Wire.PingResponse> Ping(Wire.PingRequest request, ServerCallContext context) => Task.FromResult(
        new Wire.PingResponse { Name = room.Name, Session = room.Session.Value, LamportTime = room.Clock.Now.Value, Health = (uint)(peer.Membership?.Health ?? 0) });

    private async Task SendAsync(
        IMembershipView membership, Newest members, DeliveryFollower follower, IServerStreamWriter<Wire.LabEvent> events, CancellationToken cancellationToken)
    {
        Wire.PeerInfo? sentInfo = null;
        Wire.MembersView? sentView = null;
        long infoAt = 0;
        List<Delivery> batch = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            var info = Info(membership.Self);
            if (sentInfo is null || time.GetElapsedTime(infoAt) >= InfoPeriod || info.Session != sentInfo.Session)
            {
                if (!info.Equals(sentInfo))
                {
                    await events.WriteAsync(new Wire.LabEvent { Peer = info }, cancellationToken);
                    sentInfo = info;
                }

                infoAt = time.GetTimestamp();
            }

            var view = new Wire.MembersView { Members = { members.Value.Select(m => ChatMapping.Write(m, room.ParticipantsOf(m.Session))) } };
            if (!view.Equals(sentView))
            {
                await events.WriteAsync(new Wire.LabEvent { Members = view }, cancellationToken);
                sentView = view;
            }

            batch.Clear();
            var missed = follower.Read(batch, EventsAtOnce);
            if (missed > 0)
            {
                await events.WriteAsync(new Wire.LabEvent { Missed = (ulong)missed }, cancellationToken);
            }

            foreach (var delivery in batch)
            {
                await events.WriteAsync(new Wire.LabEvent { Delivery = ChatMapping.Write(delivery) }, cancellationToken);
            }

            if (batch.Count == 0)
            {
                await follower.Signal.WaitAsync();
            }
        }
    }

    private Wire.PeerInfo Info(ChatMember self) => new()
    {
        Name = room.Name,
        Session = room.Session.Value,
        LamportTime = room.Clock.Now.Value,
        GossipAddress = self.GossipAddress,
        ChatAddress = self.ChatAddress.GetLeftPart(UriPartial.Authority),
    };

    private static async Task WatchMembersAsync(IMembershipView membership, Newest newest, AsyncSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var members in membership.WatchAsync(cancellationToken))
            {
                newest.Value = members;
                signal.Set();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The call is over.
        }
    }

    private sealed class Newest(ImmutableArray<ChatMember> value)
    {
        private readonly Lock _gate = new();
        private ImmutableArray<ChatMember> _value = value;

        public ImmutableArray<ChatMember> Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }

            set
            {
                lock (_gate)
                {
                    _value = value;
                }
            }
        }
    }
}
