using System.Collections.Immutable;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>One peer, while a record is read from its beginning: who it is at that point, and whom it sees.</summary>
internal sealed record Attendance(string Peer, int Process, string Session, bool IsHere, bool IsInChat, ImmutableHashSet<string>? SeenSessions)
{
    /// <summary>Whether it is there, in the chat, and counts the session as a member's.</summary>
    public bool Sees(string session) => IsHere && IsInChat && SeenSessions?.Contains(session) == true;
}

/// <summary>Follows who attends with which session. A session is one stay in the chat; a process has another one when it had to rejoin.</summary>
internal sealed class Attendances
{
    private readonly Dictionary<string, Attendance> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    public IEnumerable<Attendance> All => _peers.Values;

    /// <summary>The peer, or null before it attends.</summary>
    public Attendance? Find(string peer) => _peers.GetValueOrDefault(peer);

    /// <summary>Whose session it is; null when it belongs to nobody who has attended.</summary>
    public string? OwnerOf(string session) => _owners.GetValueOrDefault(session);

    /// <summary>The state after an event.</summary>
    public void Apply(RunEvent happened)
    {
        switch (happened)
        {
            case PeerAttended a:
                Set(_peers.TryGetValue(a.Peer, out var before) && before.Process == a.Process
                    ? before with { Session = a.Session, IsHere = true }
                    : new Attendance(a.Peer, a.Process, a.Session, IsHere: true, IsInChat: true, SeenSessions: null));
                break;
            case PeerGone g when Find(g.Peer) is { } peer && peer.Process == g.Process:
                Set(peer with { IsHere = false });
                break;
            case ViewChanged v when Find(v.Peer) is { } peer && peer.Process == v.Process:
                // Whoever has left and lives on sees nobody, not even itself.
                Set(peer with
                {
                    Session = v.Session,
                    IsInChat = v.Members.Any(member => member.IsPresent),
                    SeenSessions = [.. v.Members.Where(member => member.IsPresent).Select(member => member.Session)],
                });
                break;
            case Delivered { Kind: ChatKind.Joined or ChatKind.Left } d when d.From == d.Peer && Find(d.Peer) is { } peer && peer.Process == d.Process:
                Set(peer with { IsInChat = d.Kind == ChatKind.Joined });
                if (d.Kind == ChatKind.Joined)
                {
                    _owners[d.Message.Session] = d.Peer;
                }

                break;
            default:
                break;
        }
    }

    private void Set(Attendance attendance)
    {
        _peers[attendance.Peer] = attendance;
        _owners[attendance.Session] = attendance.Peer;
    }
}
