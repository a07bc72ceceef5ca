using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Tests.Checkers;

/// <summary>A record made by hand: peers that attend and see each other, and what they deliver.</summary>
internal sealed class History
{
    private readonly List<RunEntry> _entries = [];
    private readonly Dictionary<string, (int Process, string Session, ulong Clock, ulong Sequence)> _peers = [];

    public History(params string[] peers)
    {
        Add(new RunStarted("run", "s", "", peers, HasOwnPeers: true, DateTimeOffset.UnixEpoch));
        foreach (var peer in peers)
        {
            Attend(peer);
        }

        EverybodySees(peers);
    }

    public IReadOnlyList<RunEntry> Entries => _entries;

    public History Add(RunEvent happened)
    {
        _entries.Add(new RunEntry(_entries.Count + 1, _entries.Count, happened));
        return this;
    }

    public string SessionOf(string peer) => _peers[peer].Session;

    public History Attend(string peer)
    {
        var process = _peers.Count == 0 ? 1 : _peers.Values.Max(p => p.Process) + 1;
        _peers[peer] = (process, $"{process:x16}", 0, 1);
        return Add(new PeerAttended(peer, process, $"{process:x16}", "127.0.0.1:1"))
            .Deliver(peer, new MessageKey($"{process:x16}", 1), ChatKind.Joined, peer, "joined", 1);
    }

    public History Gone(string peer, Departure how) => Add(new PeerGone(peer, _peers[peer].Process, how));

    /// <summary>Each of the peers sees all of them.</summary>
    public History EverybodySees(params string[] peers)
    {
        foreach (var peer in peers)
        {
            Sees(peer, peers);
        }

        return this;
    }

    public History Sees(string peer, params string[] members) => Add(new ViewChanged(
        peer, _peers[peer].Process, _peers[peer].Session, [.. members.Select(member => new MemberSeen(member, _peers[member].Session, MemberStanding.Alive))]));

    /// <summary>The peer publishes, which delivers at itself; the receivers deliver as well.</summary>
    public History Publish(string peer, string text, params string[] receivers)
    {
        var (process, session, clock, sequence) = _peers[peer];
        _peers[peer] = (process, session, clock + 1, sequence + 1);
        var message = new MessageKey(session, sequence + 1);
        foreach (var receiver in (string[])[peer, .. receivers])
        {
            Deliver(receiver, message, ChatKind.Message, peer, text, clock + 1);
        }

        return this;
    }

    public History Deliver(string peer, MessageKey message, ChatKind kind, string from, string text, ulong publishedAt, ulong? deliveredAt = null)
    {
        var (process, session, clock, sequence) = _peers[peer];
        var at = deliveredAt ?? Math.Max(clock, publishedAt) + 1;
        _peers[peer] = (process, session, at, sequence);
        return Add(new Delivered(peer, process, message, kind, from, text, publishedAt, at, 1_000, 1_000 + _entries.Count));
    }
}
