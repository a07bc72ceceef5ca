using ChittyChat.Contracts.PeerLinks;
using ChittyChat.LogicalTime;

namespace ChittyChat.Peer.Chat;

/// <remarks>What comes in on the links of other peers.</remarks>
internal sealed partial class ChatRoom
{
    /// <summary>Meets the session of another peer, or recognises it, and says from where it is to go on.</summary>
    public LinkResult Admit(LinkIntroduction introduction)
    {
        if (Fault(introduction) is { } fault)
        {
            return new LinkResult(LinkVerdict.Malformed, Detail: fault);
        }

        lock (_gate)
        {
            if (_phase != Phase.Joined)
            {
                return new LinkResult(LinkVerdict.NotInChat, Detail: _phase == Phase.NotJoined ? "This peer has not joined yet." : "This peer has left.");
            }

            if (!_ownSessions.Contains(introduction.ToSession) || _ownSessions.Contains(introduction.Session))
            {
                return new LinkResult(LinkVerdict.WrongPeer, Detail: $"Here is {Name}, and not the session {introduction.ToSession}.");
            }

            if (_roster.HasEnded(introduction.Session))
            {
                return new LinkResult(LinkVerdict.Ended);
            }

            var session = _roster.Meet(introduction.Session, introduction.Name, introduction.Address);
            if (session.Delivered is null)
            {
                // Who came after us is heard from the first word; who was here before, from now on.
                var younger = introduction.Age < _time.GetElapsedTime(_sessionStart);
                session.Delivered = younger ? 0 : introduction.NextSequence - 1;
                session.Participants.Clear();
                session.Participants.AddRange(introduction.Participants);
            }

            // The caller may tell of things that happened before: what we do next comes after them.
            if (introduction.LamportTime > Clock.Now.Value)
            {
                Clock.Witness(new LamportTime(introduction.LamportTime));
            }

            return new LinkResult(LinkVerdict.Accepted, session.Delivered.Value);
        }
    }

    /// <summary>Delivers the messages of a frame, each once and in order.</summary>
    public async ValueTask<LinkResult> ReceiveAsync(SessionId from, ReceivedLinkFrame frame, CancellationToken cancellationToken)
    {
        var receivedAt = _time.GetUtcNow();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var receipt = new Receipt();
            LinkResult result;
            lock (_gate)
            {
                result = Receive(from, frame, ref receipt);
            }

            if (receipt.OwnSessionEnded)
            {
                Restart(Session);
            }

            if (receipt.SessionsEnded)
            {
                SessionsEnded?.Invoke();
            }

            HandOut(receivedAt);
            _telemetry.Duplicates(receipt.Duplicates);
            if (result.Missed > 0)
            {
                _telemetry.Missed(result.Missed);
            }

            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    private LinkResult Receive(SessionId from, ReceivedLinkFrame frame, ref Receipt receipt)
    {
        if (_phase != Phase.Joined)
        {
            return new LinkResult(LinkVerdict.NotInChat, Detail: "This peer has left.");
        }

        ulong missed = 0;
        var session = _roster.Find(from);
        var now = UnixMicroseconds(_time.GetUtcNow());
        var index = 0;
        try
        {
            foreach (var message in frame)
            {
                if (session?.Delivered is not { } delivered)
                {
                    _telemetry.Refused("session_ended", frame.Count - index);
                    return new LinkResult(LinkVerdict.Ended, Missed: missed);
                }

                if (message.Sequence <= delivered)
                {
                    receipt.Duplicates++;
                }
                else if (message.Sequence - delivered - 1 > (index == 0 ? frame.Skipped : 0))
                {
                    return new LinkResult(LinkVerdict.MissingMessages, delivered, $"Message {message.Sequence} came after {delivered}.", missed);
                }
                else
                {
                    missed += message.Sequence - delivered - 1;
                    Take(session, frame, message, index, now, ref receipt);
                    session.Delivered = message.Sequence;
                    session = receipt.SessionsEnded ? _roster.Find(from) : session;
                }

                index++;
            }
        }
        catch (InvalidDataException malformed)
        {
            return new LinkResult(LinkVerdict.Malformed, Detail: malformed.Message, Missed: missed);
        }

        return session is null ? new LinkResult(LinkVerdict.Ended, Missed: missed) : new LinkResult(LinkVerdict.Accepted, session.Delivered ?? 0, Missed: missed);
    }

    private void Take(RemoteSession session, ReceivedLinkFrame frame, in LinkMessageView message, int index, long now, ref Receipt receipt)
    {
        var participant = session.ParticipantOf(message.Participant) ?? throw new InvalidDataException("The participant's name is not valid.");
        if (message.LamportTime > MaxLamportTime)
        {
            throw new InvalidDataException($"The Lamport time {message.LamportTime} is out of range.");
        }

        var delivery = new Delivery
        {
            Id = new MessageId(session.Id, message.Sequence),
            Kind = (EventKind)message.Kind,
            Participant = participant,
            Text = default,
            PublishedAt = new LamportTime(message.LamportTime),
            DeliveredAt = LamportTime.Zero,
            PublishedUnixMicroseconds = message.PublishedUnixMicroseconds,
            DeliveredUnixMicroseconds = now,
            TraceId = message.TraceId,
            ParentSpanId = frame.SpanIdOf(index),
        };
        switch (delivery.Kind)
        {
            case EventKind.Message:
                if (ChatText.RefusalOf(message.Text) is { } refusal)
                {
                    throw new InvalidDataException(refusal);
                }

                Deliver(delivery with { Text = frame.TextOf(message) });
                break;
            case EventKind.Joined:
                if (!session.Participants.Contains(participant))
                {
                    session.Participants.Add(participant);
                }

                Deliver(delivery);
                break;
            case EventKind.Left when message.EndedSession != 0:
                TakeEnd(delivery, new SessionId(message.EndedSession), ref receipt);
                break;
            case EventKind.Left when participant == session.Name:
                session.Participants.Remove(participant);
                session.Participants.Add(participant);
                TakeEnd(delivery, session.Id, ref receipt);
                break;
            case EventKind.Left:
                session.Participants.Remove(participant);
                Deliver(delivery);
                break;
            default:
                throw new InvalidDataException($"The kind {(int)message.Kind} is not known.");
        }
    }

    private void TakeEnd(in Delivery delivery, SessionId ended, ref Receipt receipt)
    {
        if (DeliverEnd(delivery, ended))
        {
            receipt.OwnSessionEnded |= ended == _session;
            receipt.SessionsEnded |= ended != _session;
        }
        else
        {
            // Announced by somebody else before. It was received all the same.
            Clock.Witness(delivery.PublishedAt);
            receipt.Duplicates++;
        }
    }

    private static string? Fault(LinkIntroduction introduction)
    {
        if (introduction.Session == default || introduction.NextSequence == 0)
        {
            return "The hello has no session, or no next sequence number.";
        }

        if (introduction.LamportTime > MaxLamportTime)
        {
            return $"The Lamport time {introduction.LamportTime} is out of range.";
        }

        if (!Uri.TryCreate(introduction.Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return $"The chat address '{introduction.Address}' is none; http://host:port is expected.";
        }

        return introduction.Participants.Append(introduction.Name).Select(ParticipantName.RefusalOf).FirstOrDefault(r => r is not null);
    }

    // What a frame brought, apart from deliveries.
    private struct Receipt
    {
        public long Duplicates;
        public bool OwnSessionEnded;
        public bool SessionsEnded;
    }
}
