namespace ChittyChat.Peer.Chat;

/// <summary>
/// The sessions of the other peers: who is in the chat, how far each has been delivered, and which have ended.
/// Not safe for concurrent use: its owner locks.
/// </summary>
internal sealed class Roster
{
    // So many ended sessions are remembered. Of one that is forgotten, messages would be taken again if its process still lived:
    // no process stays hung through so many departures.
    private const int RememberedEnds = 4_096;

    private readonly Dictionary<SessionId, RemoteSession> _sessions = [];
    private readonly HashSet<SessionId> _ended = [];
    private readonly Queue<SessionId> _endedInOrder = [];

    /// <summary>The sessions that have not ended.</summary>
    public IReadOnlyCollection<RemoteSession> Sessions => _sessions.Values;

    /// <summary>Whether the session has left.</summary>
    public bool HasEnded(SessionId session) => _ended.Contains(session);

    /// <summary>The session, if it is known and has not ended.</summary>
    public RemoteSession? Find(SessionId session) => _sessions.GetValueOrDefault(session);

    /// <summary>The session, known from now on. It must not have ended.</summary>
    public RemoteSession Meet(SessionId id, string name, string address)
    {
        if (!_sessions.TryGetValue(id, out var session))
        {
            session = new RemoteSession(id, name, address);
            _sessions.Add(id, session);
        }

        return session;
    }

    /// <summary>Ends the session, and gives those who were in the chat through it: the peer itself comes last. Null if it had ended before.</summary>
    public IReadOnlyList<string>? End(SessionId id)
    {
        if (!_ended.Add(id))
        {
            return null;
        }

        _endedInOrder.Enqueue(id);
        if (_endedInOrder.Count > RememberedEnds)
        {
            _ended.Remove(_endedInOrder.Dequeue());
        }

        return _sessions.Remove(id, out var session) ? [.. session.Participants.OrderBy(p => p == session.Name)] : [];
    }

    /// <summary>Forgets those who have not ended: this peer was not there to see what became of them.</summary>
    public void Forget() => _sessions.Clear();

    /// <summary>Whether somebody of that name is in the chat through another peer.</summary>
    public bool HasParticipant(string name) => _sessions.Values.Any(s => s.Participants.Contains(name));
}
