using System.Collections.Immutable;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

/// <summary>
/// What the page knows, brought together from the registry and from every peer that answers. What was heard goes in together with the time, a
/// picture comes out; nothing in here waits, logs or connects. Not thread-safe.
/// </summary>
internal sealed class LabModel(bool registryIsConfigured, DateTimeOffset start)
{
    /// <summary>At most this many peers are watched; of the rest only the number is told.</summary>
    public const int MaxLinks = 128;

    /// <summary>How many peers that nobody mentions any more are remembered; the longest forgotten goes first.</summary>
    public const int MaxRemembered = 32;

    private readonly Dictionary<Uri, Link> _links = [];
    private readonly Dictionary<string, RegisteredMember> _registered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PeerView View, long Round)> _remembered = new(StringComparer.Ordinal);
    private readonly MessageBook _messages = new();

    private RegistryStatus _registryStatus = registryIsConfigured ? RegistryStatus.Connecting : RegistryStatus.NotConfigured;
    private string? _registryReason;
    private DateTimeOffset _registrySince = start;
    private ulong _highestLamportTime;
    private ulong _missed;
    private int _unwatched;
    private long _round;

    public void RegistrySaid(WatchResponse response, DateTimeOffset now)
    {
        switch (response.KindCase)
        {
            case WatchResponse.KindOneofCase.Snapshot:
                _registered.Clear();
                foreach (var member in response.Snapshot.Members)
                {
                    _registered[member.Id] = member;
                }

                break;
            case WatchResponse.KindOneofCase.Change when response.Change.Kind is Change.Types.Kind.Registered or Change.Types.Kind.Updated:
                _registered[response.Change.Member.Id] = response.Change.Member;
                break;
            case WatchResponse.KindOneofCase.Change when response.Change.Kind is Change.Types.Kind.Deregistered or Change.Types.Kind.Expired:
                _registered.Remove(response.Change.Member.Id);
                break;
            default:
                return;
        }

        SetRegistry(RegistryStatus.Watching, null, now);
        ChooseLinks(now);
    }

    /// <summary>The registry does not answer. What it said stays known, as what it last said.</summary>
    public void RegistryLost(string reason, DateTimeOffset now) => SetRegistry(RegistryStatus.Unavailable, reason, now);

    public void PeerSaid(Uri address, LabEvent said, DateTimeOffset now)
    {
        // A watch that was given up may still have had something on the way.
        if (!_links.TryGetValue(address, out var link))
        {
            return;
        }

        if (link.Status != LinkStatus.Watching)
        {
            (link.Status, link.Reason, link.Since, link.WatchedFrom) = (LinkStatus.Watching, null, now, _messages.Seen);
        }

        switch (said.EventCase)
        {
            case LabEvent.EventOneofCase.Peer:
                link.LamportTime = said.Peer.Session == link.Peer?.Session ? Math.Max(link.LamportTime, said.Peer.LamportTime) : said.Peer.LamportTime;
                link.Peer = said.Peer;
                break;
            case LabEvent.EventOneofCase.Members:
                link.Members = said.Members.Members.GroupBy(m => m.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
                ChooseLinks(now);
                break;
            case LabEvent.EventOneofCase.Delivery when link.Peer is { } peer:
                link.LamportTime = Math.Max(link.LamportTime, said.Delivery.DeliveredAt);
                _messages.Deliver(peer.Name, peer.Session, said.Delivery, now);
                break;
            case LabEvent.EventOneofCase.Missed:
                _missed += said.Missed;
                link.MissedBefore = _messages.Seen;
                break;
            default:
                break;
        }
    }

    public void PeerLost(Uri address, string reason, DateTimeOffset now)
    {
        if (!_links.TryGetValue(address, out var link))
        {
            return;
        }

        if (link.Status != LinkStatus.Lost)
        {
            (link.Status, link.Since) = (LinkStatus.Lost, now);
        }

        link.Reason = reason;
        link.Members = new Dictionary<string, Member>(StringComparer.Ordinal);
        ChooseLinks(now);
    }

    public LabView View(DateTimeOffset now)
    {
        _round++;
        var answering = Answering();
        var current = Names(answering).Select(name => Compare(name, answering)).ToArray();
        foreach (var peer in current)
        {
            _remembered[peer.Name] = (peer, _round);
        }

        var peers = current.Concat(Forgotten())
            .OrderBy(p => p.Gone).ThenBy(p => p.Name, PeerNameOrder.Instance).ToImmutableArray();
        var observers = peers.Where(p => !p.Gone || p.Link.Status == LinkStatus.Watching || _messages.HasDeliveriesOf(p.Name))
            .OrderBy(p => p.Name, PeerNameOrder.Instance).Select(p => ToObserver(p, answering)).ToImmutableArray();
        if (answering.Count > 0)
        {
            _highestLamportTime = answering.Values.Max(l => l.LamportTime);
        }

        return new LabView(
            new RegistryView(_registryStatus, _registered.Count, _registryReason, _registrySince),
            peers,
            [.. observers.Select(o => new ObserverView(o.Name, o.Answers))],
            _messages.View(observers, now),
            [.. _links.Keys],
            _highestLamportTime,
            _missed,
            _unwatched);
    }

    private static Uri? ToAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;

    private void SetRegistry(RegistryStatus status, string? reason, DateTimeOffset now)
    {
        if (_registryStatus != status)
        {
            (_registryStatus, _registrySince) = (status, now);
        }

        _registryReason = reason;
    }

    // Whom to watch: everybody whom the registry or a peer that answers calls a member. An address is given up only when somebody who
    // answers could vouch for it and does not: while registry and peers are all silent, everybody who was known is tried again and again.
    private void ChooseLinks(DateTimeOffset now)
    {
        var vouched = _registered.Values.Select(m => ToAddress(m.GrpcAddress))
            .Concat(_links.Values.SelectMany(l => l.Members.Values)
                .Where(m => m.State is MemberState.Alive or MemberState.Suspect).Select(m => ToAddress(m.ChatAddress)))
            .OfType<Uri>().ToHashSet();
        if (_registryStatus == RegistryStatus.Watching || _links.Values.Any(l => l.Members.Count > 0))
        {
            foreach (var address in _links.Where(l => l.Value.Status != LinkStatus.Watching && !vouched.Contains(l.Key)).Select(l => l.Key).ToArray())
            {
                _links.Remove(address);
            }
        }

        var added = vouched.Where(a => !_links.ContainsKey(a)).ToArray();
        var room = MaxLinks - _links.Count;
        foreach (var address in added.Take(room))
        {
            _links.Add(address, new Link(now));
        }

        _unwatched = Math.Max(0, added.Length - room);
    }

    // By name; of two that claim the same, the one that was reached last.
    private Dictionary<string, Link> Answering()
    {
        var byName = new Dictionary<string, Link>(StringComparer.Ordinal);
        foreach (var link in _links.Values.Where(l => l.Answers).OrderBy(l => l.Since))
        {
            byName[link.Peer!.Name] = link;
        }

        return byName;
    }

    private HashSet<string> Names(Dictionary<string, Link> answering) =>
        [
            .. _registered.Values.Select(m => m.Name),
            .. answering.Values.SelectMany(l => l.Members.Keys),
            .. _links.Values.Where(l => l.Peer is not null).Select(l => l.Peer!.Name),
        ];

    private PeerView Compare(string name, Dictionary<string, Link> answering)
    {
        var registered = _registered.Values.Where(m => m.Name == name).ToArray();
        var claims = answering.OrderBy(l => l.Key, PeerNameOrder.Instance)
            .Select(l => (l.Key, l.Value.Members.GetValueOrDefault(name))).ToArray();
        return new PeerEvidence(name, _registryStatus == RegistryStatus.Watching, registered, claims, LinkOf(name, answering, registered)).Compare();
    }

    private Link? LinkOf(string name, Dictionary<string, Link> answering, RegisteredMember[] registered)
    {
        if (answering.TryGetValue(name, out var answers))
        {
            return answers;
        }

        // A link that never answered has no name yet: it is known by the address that somebody gave for the name.
        var addresses = registered.Select(m => ToAddress(m.GrpcAddress))
            .Concat(answering.Values.Select(l => l.Members.GetValueOrDefault(name)).OfType<Member>().Select(m => ToAddress(m.ChatAddress)))
            .ToHashSet();
        return _links.Where(l => l.Value.Peer?.Name == name || (l.Value.Peer is null && addresses.Contains(l.Key)))
            .Select(l => l.Value).MaxBy(l => l.Since);
    }

    // Peers that nobody mentions any more, as they were; whoever was neither dead nor left is simply not known now.
    private IEnumerable<PeerView> Forgotten()
    {
        var forgotten = _remembered.Where(r => r.Value.Round < _round).OrderByDescending(r => r.Value.Round).ToArray();
        foreach (var (name, _) in forgotten.Skip(MaxRemembered))
        {
            _remembered.Remove(name);
        }

        return forgotten.Take(MaxRemembered).Select(r => r.Value.View with
        {
            State = r.Value.View.State is MemberState.Dead or MemberState.Left ? r.Value.View.State : MemberState.Unspecified,
            Link = LinkView.None,
            Registered = false,
            Opinions = [],
            Differences = [],
        });
    }

    private static MessageBook.Observer ToObserver(PeerView peer, Dictionary<string, Link> answering) =>
        answering.TryGetValue(peer.Name, out var link)
            ? new MessageBook.Observer(peer.Name, link.Peer!.Session, false, true, link.Since, link.WatchedFrom, link.MissedBefore)
            : new MessageBook.Observer(peer.Name, peer.Session, peer.Gone, false, default, 0, 0);
}
