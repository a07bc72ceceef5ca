using ChittyChat.Contracts.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>A peer as the page sees one: the lab's watch, Publish and the prompt, over real gRPC.</summary>
internal sealed partial class FakePeer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ChatEvent> _delivered = [];
    private readonly Watchers<LabEvent> _watchers;
    private readonly FakeCluster _cluster;
    private readonly FakeServer _server;
    private MembersView _members = new();
    private ulong _lamportTime;
    private ulong _sequence;

    public FakePeer(FakeCluster cluster, string name, ulong session)
    {
        (_cluster, Name, Session) = (cluster, name, session);
        (_watchers, _prompts) = (new(_gate), new(_gate));
        _server = new FakeServer(s => s.AddSingleton(this), app =>
        {
            app.MapGrpcService<LabService>();
            app.MapGrpcService<ChatService>();
            app.MapGrpcService<RemotePromptService>();
        });
    }

    public string Name { get; }

    public ulong Session { get; }

    public string ChatAddress => _server.Address;

    public string GossipAddress => _server.Address.Replace("http://", "", StringComparison.Ordinal);

    /// <summary>Takes the next Publish call's place: what it throws, the caller gets.</summary>
    public Exception? Refuses { get; set; }

    /// <summary>What came in through the gRPC service.</summary>
    public List<string> Published { get; } = [];

    public Task StartAsync() => _server.StartAsync();

    public Task VanishAsync() => _server.VanishAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public Member AsMember(MemberState state = MemberState.Alive, uint incarnation = 1) => new()
    {
        Name = Name,
        State = state,
        Session = Session,
        Incarnation = incarnation,
        GossipAddress = GossipAddress,
        ChatAddress = ChatAddress,
    };

    public RegisteredMember AsRegistered() => new()
    {
        Id = $"{Name}-{Session}",
        Name = Name,
        Session = Session,
        GossipAddress = GossipAddress,
        GrpcAddress = ChatAddress,
        Version = "0.1.0",
    };

    public void See(IEnumerable<Member> members)
    {
        lock (_gate)
        {
            _members = new MembersView { Members = { members.Select(m => m.Clone()) } };
            _watchers.Tell(new LabEvent { Members = _members });
        }
    }

    /// <summary>Makes an event of this peer: its clock ticks.</summary>
    public ChatEvent NewEvent(EventKind kind, string participant, Func<ulong, string> text, string traceId = "")
    {
        lock (_gate)
        {
            _lamportTime++;
            return new ChatEvent
            {
                MessageId = new MessageId { Session = Session, Sequence = ++_sequence },
                Kind = kind,
                Participant = participant,
                Text = text(_lamportTime),
                LamportTime = _lamportTime,
                TraceId = traceId,
                PublishedUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            };
        }
    }

    public void Deliver(ChatEvent published)
    {
        lock (_gate)
        {
            var delivery = published.Clone();
            _lamportTime = published.MessageId.Session == Session ? _lamportTime : Math.Max(_lamportTime, published.LamportTime) + 1;
            delivery.DeliveredAt = _lamportTime;
            delivery.DeliveredUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            _delivered.Add(delivery);
            _watchers.Tell(new LabEvent { Delivery = delivery });
            _watchers.Tell(new LabEvent { Peer = Info() });
        }
    }

    private PeerInfo Info() => new()
    {
        Name = Name,
        Session = Session,
        LamportTime = _lamportTime,
        GossipAddress = GossipAddress,
        ChatAddress = ChatAddress,
    };

    internal sealed class LabService(FakePeer peer) : Lab.LabBase
    {
        public override Task Watch(WatchPeerRequest request, IServerStreamWriter<LabEvent> responseStream, ServerCallContext context) =>
            peer._watchers.ServeAsync(
                () =>
                [
                    new LabEvent { Peer = peer.Info() },
                    new LabEvent { Members = peer._members },
                    .. peer._delivered.TakeLast((int)request.Backlog).Select(delivery => new LabEvent { Delivery = delivery }),
                ],
                responseStream,
                context);
    }

    internal sealed class ChatService(FakePeer peer) : Chat.ChatBase
    {
        public override Task<PublishResponse> Publish(PublishRequest request, ServerCallContext context)
        {
            if (peer.Refuses is { } refusal)
            {
                throw refusal;
            }

            var published = peer._cluster.Publish(peer.Name, request.Text);
            lock (peer._gate)
            {
                peer.Published.Add(request.Text);
            }

            return Task.FromResult(new PublishResponse { MessageId = published.MessageId, LamportTime = published.LamportTime });
        }
    }
}
