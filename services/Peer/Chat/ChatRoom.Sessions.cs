using System.Collections.Immutable;
using System.Diagnostics;
using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Chat;

/// <remarks>Who comes and who goes: this peer, those for whom it is the proxy, and the sessions of others that end without a goodbye.</remarks>
internal sealed partial class ChatRoom
{
    // Who has not met a former session yet need not hear it from its beginning.
    private static readonly TimeSpan FormerSession = TimeSpan.FromDays(36_500);

    /// <summary>Gets ready to enter again after having left: as a new session, which meets the others anew.</summary>
    public async ValueTask ReturnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            lock (_gate)
            {
                if (_phase == Phase.Left)
                {
                    _phase = Phase.NotJoined;
                    _roster.Forget();
                    BeginSession();
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Enters the chat: "joined" goes to all, this peer included.</summary>
    /// <param name="membership">To look names up, and to be told of a new session.</param>
    /// <param name="members">Those who were here before.</param>
    /// <param name="cancellationToken">Gives up waiting for the turn.</param>
    public async ValueTask EnterAsync(IMembershipView membership, ImmutableArray<ChatMember> members, CancellationToken cancellationToken)
    {
        using var activity = _telemetry.StartPublish(EventKind.Joined, Name);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            lock (_gate)
            {
                if (_phase != Phase.NotJoined)
                {
                    throw new InvalidOperationException("A peer joins once per stay.");
                }

                _phase = Phase.Joined;
                _membership = membership;
                _sessionStart = _time.GetTimestamp();
                foreach (var member in members.Where(m => m.IsPresent && !_ownSessions.Contains(m.Session) && !_roster.HasEnded(m.Session)))
                {
                    // They were here before: nobody tells us that they joined, but we have to know it when they go.
                    var session = _roster.Meet(member.Session, member.Name, AddressOf(member));
                    session.Participants.Add(member.Name);
                }

                _ownParticipants.Add(Name, new Participation(Name));
                Append(EventKind.Joined, Name, [], activity);
            }

            HandOut(_time.GetUtcNow());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Leaves the chat: "left" goes to all, for everybody who is here through this peer.</summary>
    public async ValueTask LeaveAsync(CancellationToken cancellationToken)
    {
        using var activity = _telemetry.StartPublish(EventKind.Left, Name);
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What is delivered here belongs to whoever has the turn; what goes to the others does not.
            EndStay(activity, toSelf: false);
            Outbox.SignalAll();
            throw;
        }

        try
        {
            EndStay(activity, toSelf: true);
            HandOut(_time.GetUtcNow());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes in a participant without a peer of its own.</summary>
    /// <exception cref="ChatRefusedException">The name or the time is not valid, the name is taken, or the peer is not in the chat.</exception>
    public async ValueTask<Participation> JoinAsync(string name, LamportTime seen, CancellationToken cancellationToken)
    {
        if (ParticipantName.RefusalOf(name) is { } refusal)
        {
            throw Refuse(Chat.Refusal.Invalid, refusal);
        }

        CheckTime(seen);
        using var activity = _telemetry.StartPublish(EventKind.Joined, name);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var participation = new Participation(name);
            lock (_gate)
            {
                CheckJoined();
                CheckNameIsFree(name);
                _ownParticipants.Add(name, participation);
                Witness(seen);
                participation.Joined = Append(EventKind.Joined, name, [], activity);
            }

            HandOut(_time.GetUtcNow());
            return participation;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets a participant go who joined here.</summary>
    /// <exception cref="ChatRefusedException">The participant is unknown, or the peer is not in the chat.</exception>
    public async ValueTask<Published> LeaveAsync(string name, LamportTime seen, CancellationToken cancellationToken)
    {
        CheckTime(seen);
        return await LeaveAsync(name, null, seen, cancellationToken)
            ?? throw Refuse(Chat.Refusal.UnknownParticipant, $"No participant '{name}' has joined at this peer.");
    }

    /// <summary>Lets a participant go, unless it has gone before.</summary>
    public async ValueTask EndAsync(Participation participation)
    {
        if (!participation.IsOver)
        {
            await LeaveAsync(participation.Name, participation, LamportTime.Zero, CancellationToken.None);
        }
    }

    /// <summary>Those who are in the chat through another session, the peer itself excluded.</summary>
    public IReadOnlyList<string> ParticipantsOf(SessionId session)
    {
        lock (_gate)
        {
            return _ownSessions.Contains(session)
                ? [.. _ownParticipants.Keys.Where(p => p != Name)]
                : _roster.Find(session) is { } remote ? [.. remote.Participants.Where(p => p != remote.Name)] : [];
        }
    }

    /// <summary>Whether the session is over, or this peer's own: no link is wanted to it.</summary>
    public bool IsOverOrOwn(SessionId session)
    {
        lock (_gate)
        {
            return _ownSessions.Contains(session) || _roster.HasEnded(session);
        }
    }

    /// <summary>Whether the session of another peer is over.</summary>
    public bool HasEnded(SessionId session)
    {
        lock (_gate)
        {
            return _roster.HasEnded(session);
        }
    }

    /// <summary>What this peer says of itself when it opens a link that goes on with <paramref name="upcoming"/>.</summary>
    public LinkIntroduction Introduction(MessageId upcoming, SessionId receiver)
    {
        lock (_gate)
        {
            var address = AddressOf((_membership ?? throw new InvalidOperationException("A peer has to enter before it opens links.")).Self);
            var age = upcoming.Session == _session ? _time.GetElapsedTime(_sessionStart) : FormerSession;
            return new LinkIntroduction(
                upcoming.Session, Name, address, receiver, Clock.Now.Value, age, upcoming.Sequence, [.. _ownParticipants.Keys]);
        }
    }

    /// <summary>Announces the end of all sessions of peers that membership had and has no more.</summary>
    public async ValueTask MembersChangedAsync(
        ImmutableArray<ChatMember> before, ImmutableArray<ChatMember> after, CancellationToken cancellationToken)
    {
        var gone = Departures.Between(before, after);
        if (gone.Count == 0)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var departure in gone)
            {
                Announce(departure);
            }

            SessionsEnded?.Invoke();
            HandOut(_time.GetUtcNow());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Others say that this session of ours has ended: if it is still the current one, goes on as a new one.</summary>
    public async ValueTask OwnSessionEndedAsync(SessionId session, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Restart(session);
            HandOut(_time.GetUtcNow());
        }
        finally
        {
            _turn.Release();
        }
    }

    // This peer and its participants are in the chat no more; nothing happens when they were not.
    private void EndStay(Activity? activity, bool toSelf)
    {
        lock (_gate)
        {
            if (_phase == Phase.Joined)
            {
                foreach (var participant in _ownParticipants.Keys.Where(p => p != Name).ToArray())
                {
                    Append(EventKind.Left, participant, [], activity: null, toSelf: toSelf);
                }

                Append(EventKind.Left, Name, [], activity, toSelf: false);
                foreach (var participation in _ownParticipants.Values)
                {
                    participation.IsOver = true;
                }

                _ownParticipants.Clear();
            }

            _phase = Phase.Left;
        }
    }

    // Null: nobody of that name is here, or, when one is given, not by that participation.
    private async ValueTask<Published?> LeaveAsync(string name, Participation? participation, LamportTime seen, CancellationToken cancellationToken)
    {
        using var activity = _telemetry.StartPublish(EventKind.Left, name);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Published published;
            lock (_gate)
            {
                var known = _ownParticipants.GetValueOrDefault(name);
                if (known is null || name == Name || (participation ?? known) != known)
                {
                    return null;
                }

                Witness(seen);
                published = Append(EventKind.Left, name, [], activity);
                known.IsOver = true;
                _ownParticipants.Remove(name);
            }

            HandOut(_time.GetUtcNow());
            return published;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void CheckNameIsFree(string name)
    {
        if (_ownParticipants.ContainsKey(name) || _roster.HasParticipant(name) || _membership!.Members.Any(m => m.IsPresent && m.Name == name))
        {
            throw Refuse(Chat.Refusal.NameTaken, $"Somebody named '{name}' is in the chat; choose another name.");
        }
    }

    // Within the turn.
    private void Announce(Departure departure)
    {
        foreach (var session in OpenSessionsOf(departure))
        {
            using var activity = _telemetry.StartPublish(EventKind.Left, departure.Name);
            lock (_gate)
            {
                Append(EventKind.Left, departure.Name, [], activity, session);
            }
        }
    }

    private IReadOnlyList<SessionId> OpenSessionsOf(Departure departure)
    {
        lock (_gate)
        {
            if (_phase != Phase.Joined)
            {
                return [];
            }

            return
            [
                .. _roster.Sessions
                    .Where(s => departure.WholeProcess && s.Name == departure.Name && s.Address == departure.Address)
                    .Select(s => s.Id)
                    .Append(departure.Session)
                    .Where(s => !_ownSessions.Contains(s) && !_roster.HasEnded(s))
                    .Distinct(),
            ];
        }
    }

    // Within the turn. The first message of the new session tells those who do not know it that the old one is over.
    private void Restart(SessionId former)
    {
        string[] participants;
        lock (_gate)
        {
            if (former != _session || _phase != Phase.Joined)
            {
                return;
            }

            BeginSession();
            Append(EventKind.Left, Name, [], activity: null, former);
            participants = [.. _ownParticipants.Keys.OrderBy(p => p != Name)];
        }

        foreach (var participant in participants)
        {
            using var activity = _telemetry.StartPublish(EventKind.Joined, participant);
            lock (_gate)
            {
                Append(EventKind.Joined, participant, [], activity);
            }
        }

        _logger.SessionRestarted(Name, _session);
        _membership?.SessionChanged(_session);
    }

    // Under the gate: everybody who is here through the session goes, once.
    private bool DeliverEnd(in Delivery delivery, SessionId ended)
    {
        var participants = _ownSessions.Contains(ended) ? EndOwn(ended) : _roster.End(ended);
        if (participants is null)
        {
            return false;
        }

        foreach (var participant in participants)
        {
            Deliver(delivery with { Participant = participant });
        }

        return true;
    }

    private IReadOnlyList<string>? EndOwn(SessionId session) =>
        _ownEnds.Add(session) ? [.. _ownParticipants.Keys.OrderBy(p => p == Name)] : null;

    private static string AddressOf(ChatMember member) => member.ChatAddress.GetLeftPart(UriPartial.Authority);
}
