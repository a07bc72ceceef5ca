using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Observation;

namespace ChittyChat.Dashboard.Tests.Observation;

/// <summary>A model, a clock, and short ways to say what registry and peers say.</summary>
internal sealed class Stage
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, ulong> _sequences = new(StringComparer.Ordinal);

    public Stage(bool registryIsConfigured = true) => Model = new LabModel(registryIsConfigured, Start);

    public LabModel Model { get; }

    public DateTimeOffset Now { get; private set; } = Start;

    public static Uri Address(string name) => new($"http://{name}:1");

    public static RegisteredMember Registered(string name, ulong session = 1) => new()
    {
        Id = $"{name}-{session}",
        Name = name,
        Session = session,
        GossipAddress = $"{name}:2",
        GrpcAddress = $"http://{name}:1",
    };

    public static Member Member(string name, MemberState state = MemberState.Alive, uint incarnation = 1, ulong session = 1) => new()
    {
        Name = name,
        State = state,
        Incarnation = incarnation,
        Session = session,
        GossipAddress = $"{name}:2",
        ChatAddress = $"http://{name}:1",
    };

    public Stage Pass(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public Stage RegistryHas(params RegisteredMember[] members)
    {
        Model.RegistrySaid(new WatchResponse { Snapshot = new Snapshot { Members = { members } } }, Now);
        return this;
    }

    public Stage RegistryHas(params string[] names) => RegistryHas([.. names.Select(n => Registered(n))]);

    public Stage RegistryTells(Change.Types.Kind kind, RegisteredMember member)
    {
        Model.RegistrySaid(new WatchResponse { Change = new Change { Kind = kind, Member = member } }, Now);
        return this;
    }

    public Stage RegistryIsLost(string reason = "gone")
    {
        Model.RegistryLost(reason, Now);
        return this;
    }

    public Stage Answers(string name, ulong session = 1, ulong lamportTime = 1)
    {
        var info = new PeerInfo { Name = name, Session = session, LamportTime = lamportTime, GossipAddress = $"{name}:2", ChatAddress = $"http://{name}:1" };
        Model.PeerSaid(Address(name), new LabEvent { Peer = info }, Now);
        return this;
    }

    public Stage Sees(string observer, params Member[] members)
    {
        Model.PeerSaid(Address(observer), new LabEvent { Members = new MembersView { Members = { members } } }, Now);
        return this;
    }

    public Stage Sees(string observer, params string[] names) => Sees(observer, [.. names.Select(n => Member(n))]);

    public Stage IsLost(string name, string reason = "gone")
    {
        Model.PeerLost(Address(name), reason, Now);
        return this;
    }

    public Stage Misses(string observer, ulong count)
    {
        Model.PeerSaid(Address(observer), new LabEvent { Missed = count }, Now);
        return this;
    }

    /// <summary>Registered, answering, and in each other's views.</summary>
    public Stage AllHere(params string[] names)
    {
        RegistryHas(names);
        foreach (var name in names)
        {
            Answers(name).Sees(name, names);
        }

        return this;
    }

    public ChatEvent Said(
        string participant, ulong lamportTime, string text = "hello", EventKind kind = EventKind.Message, ulong session = 1, DateTimeOffset? at = null)
    {
        var sequence = _sequences[participant] = _sequences.GetValueOrDefault(participant) + 1;
        return new ChatEvent
        {
            // One session for each participant, so that ids differ.
            MessageId = new MessageId { Session = session, Sequence = (ulong.CreateChecked(participant[0]) * 10_000) + sequence },
            Kind = kind,
            Participant = participant,
            Text = text,
            LamportTime = lamportTime,
            PublishedUnixMs = (at ?? Now).ToUnixTimeMilliseconds(),
        };
    }

    public Stage Delivers(string observer, ChatEvent said, ulong at, TimeSpan after = default)
    {
        var delivery = said.Clone();
        delivery.DeliveredAt = at;
        delivery.DeliveredUnixMs = said.PublishedUnixMs + (long)after.TotalMilliseconds;
        Model.PeerSaid(Address(observer), new LabEvent { Delivery = delivery }, Now);
        return this;
    }

    public LabView View() => Model.View(Now);

    public PeerView Peer(string name) => View().Peers.Single(p => p.Name == name);
}
