using System.Collections.Immutable;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Faults;

namespace ChittyChat.Peer.Links;

/// <summary>
/// Keeps one link to each peer that membership has, and to each that has dialled us (it may know of us before membership tells us of it).
/// </summary>
internal sealed class LinkMesh(ChatRoom room, ChatTelemetry telemetry, FaultInjector faults, TimeProvider time, Random random, ILogger<LinkMesh> logger)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(random.Next());
    private readonly Dictionary<SessionId, OutboundLink> _links = [];
    private readonly List<InboundCall> _inbound = [];
    private readonly List<Task> _stopping = [];
    private ImmutableArray<ChatMember> _members = [];
    private Phase _phase;

    private enum Phase
    {
        Prepared,
        Started,
        Stopped,
    }

    /// <summary>The receivers, and how many messages each is not known to have.</summary>
    public IReadOnlyList<(string Receiver, long Lag)> Lags
    {
        get
        {
            OutboundLink[] links;
            lock (_gate)
            {
                links = [.. _links.Values];
            }

            return [.. links.Select(l => (l.Name, l.Lag))];
        }
    }

    /// <summary>Gets ready for another stay, after <see cref="StopAsync"/>.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            if (_phase == Phase.Stopped)
            {
                (_phase, _members) = (Phase.Prepared, []);
                _stopping.RemoveAll(t => t.IsCompletedSuccessfully);
            }
        }
    }

    /// <summary>Begins to dial. The links to the members known so far have had their place in the outbox since <see cref="MembersChanged"/>.</summary>
    public void Start()
    {
        OutboundLink[] links;
        lock (_gate)
        {
            _phase = Phase.Started;
            links = [.. _links.Values];
        }

        foreach (var link in links)
        {
            link.Start();
        }
    }

    /// <summary>Takes note of who is there.</summary>
    public void MembersChanged(ImmutableArray<ChatMember> members)
    {
        lock (_gate)
        {
            _members = members;
        }

        Reconcile();
    }

    /// <summary>
    /// A peer has dialled us. From this moment on everything published has it among its receivers: its "joined" is delivered only after this call.
    /// </summary>
    public InboundCall Opened(LinkIntroduction introduction)
    {
        var call = new InboundCall(introduction.Session, introduction.Name, new Uri(introduction.Address));
        lock (_gate)
        {
            _inbound.Add(call);
        }

        Reconcile();
        return call;
    }

    /// <summary>A call of a peer is over.</summary>
    public void Closed(InboundCall call)
    {
        lock (_gate)
        {
            _inbound.Remove(call);
        }

        call.Dispose();
        Reconcile();
    }

    /// <summary>Opens the links that are missing, and ends those that nobody needs.</summary>
    public void Reconcile()
    {
        List<OutboundLink> opened = [];
        InboundCall[] ended;
        lock (_gate)
        {
            if (_phase == Phase.Stopped)
            {
                return;
            }

            ended = [.. _inbound.Where(c => room.IsOverOrOwn(c.Session))];
            var wanted = Wanted();
            foreach (var (session, link) in _links.Where(l => !wanted.ContainsKey(l.Key)).ToArray())
            {
                _links.Remove(session);
                _stopping.RemoveAll(t => t.IsCompletedSuccessfully);
                _stopping.Add(Task.Run(async () => await link.DisposeAsync()));
            }

            foreach (var (session, (name, address)) in wanted.Where(w => !_links.ContainsKey(w.Key)))
            {
                var link = new OutboundLink(session, name, address, room, telemetry, faults, time, new Random(_random.Next()), logger);
                _links.Add(session, link);
                opened.Add(link);
            }

            if (_phase == Phase.Prepared)
            {
                opened.Clear();
            }
        }

        opened.ForEach(l => l.Start());
        Array.ForEach(ended, c => c.End());
    }

    /// <summary>Sends what there is, for a bounded time, and ends all links.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        OutboundLink[] links;
        Task[] stopping;
        lock (_gate)
        {
            _phase = Phase.Stopped;
            links = [.. _links.Values];
            _links.Clear();
            stopping = [.. _stopping];
        }

        using var timeout = new CancellationTokenSource(LinkRules.FlushTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await Task.WhenAll([.. links.Select(l => l.DrainAsync(linked.Token)), .. stopping]);
    }

    private Dictionary<SessionId, (string Name, Uri Address)> Wanted()
    {
        Dictionary<SessionId, (string Name, Uri Address)> wanted = [];
        foreach (var call in _inbound)
        {
            wanted[call.Session] = (call.Name, call.Address);
        }

        foreach (var member in _members.Where(m => m.IsPresent))
        {
            wanted[member.Session] = (member.Name, member.ChatAddress);
        }

        foreach (var session in wanted.Keys.Where(room.IsOverOrOwn).ToArray())
        {
            wanted.Remove(session);
        }

        return wanted;
    }
}
