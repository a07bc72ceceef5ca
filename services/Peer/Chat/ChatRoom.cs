using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ChittyChat.Contracts.PeerLinks;
using ChittyChat.LogicalTime;
using Microsoft.Extensions.Options;

namespace ChittyChat.Peer.Chat;

/// <summary>
/// The chat as one peer has it: its session, its clock, who is there, what it has published and what has been delivered. It knows no transport.
/// </summary>
/// <remarks>
/// Everything that happens takes its turn: whoever holds the turn changes the state (under the gate, for those who only read), and hands
/// out what was delivered, in order. The log is written within the turn, so no line can overtake another and none is lost: a peer whose
/// log stands still is a slow receiver.
/// </remarks>
internal sealed partial class ChatRoom : IDisposable
{
    /// <summary>Greater times are refused: one such message would bring every clock near its end.</summary>
    public const ulong MaxLamportTime = 1UL << 62;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Roster _roster = new();
    private readonly HashSet<SessionId> _ownSessions = [];
    private readonly HashSet<SessionId> _ownEnds = [];
    private readonly Dictionary<string, Participation> _ownParticipants = [];
    private readonly List<Delivery> _delivered = [];
    private readonly IChatLog[] _logs;
    private readonly ChatTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger<ChatRoom> _logger;
    private Phase _phase;
    private SessionId _session;
    private ulong _sequence;
    private long _sessionStart;
    private IMembershipView? _membership;

    public ChatRoom(
        IOptions<ChatOptions> options, TimeProvider time, Random random, IEnumerable<IChatLog> logs, ChatTelemetry telemetry, ILogger<ChatRoom> logger)
    {
        Name = options.Value.Name;
        _time = time;
        _random = new Random(random.Next());
        _logs = [.. logs];
        _telemetry = telemetry;
        _logger = logger;
        Outbox = new Outbox(options.Value.Window, time);
        Deliveries = new DeliveryRing(options.Value.History);
        BeginSession();
        telemetry.ObserveParticipants(() => Participants.Count - 1);
    }

    private enum Phase
    {
        NotJoined,
        Joined,
        Left,
    }

    /// <summary>The peer's display name.</summary>
    public string Name { get; }

    /// <summary>The peer's one clock.</summary>
    public LamportClock Clock { get; } = new();

    /// <summary>What the links send.</summary>
    public Outbox Outbox { get; }

    /// <summary>What was delivered here.</summary>
    public DeliveryRing Deliveries { get; }

    /// <summary>Called, within the turn, after sessions of others have ended.</summary>
    public Action? SessionsEnded { get; set; }

    /// <summary>Who this peer is in the chat at the moment.</summary>
    public SessionId Session
    {
        get
        {
            lock (_gate)
            {
                return _session;
            }
        }
    }

    /// <summary>Whether the peer has joined, and not left.</summary>
    public bool IsJoined
    {
        get
        {
            lock (_gate)
            {
                return _phase == Phase.Joined;
            }
        }
    }

    /// <summary>Those who are in the chat through this peer: itself first.</summary>
    public IReadOnlyList<string> Participants
    {
        get
        {
            lock (_gate)
            {
                return [Name, .. _ownParticipants.Keys.Where(p => p != Name)];
            }
        }
    }

    /// <summary>Publishes a text as the peer, or as a participant who joined here.</summary>
    /// <exception cref="ChatRefusedException">The text or the time is not valid, the participant is unknown, or the peer cannot take it now.</exception>
    public ValueTask<Published> PublishAsync(string participant, string text, LamportTime seen, CancellationToken cancellationToken) =>
        ChatText.TryEncode(text, out var utf8, out var refusal)
            ? PublishAsync(participant, utf8, seen, cancellationToken)
            : throw Refuse(Chat.Refusal.Invalid, refusal);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<Published> PublishAsync(string participant, byte[] text, LamportTime seen, CancellationToken cancellationToken)
    {
        CheckTime(seen);
        using var activity = _telemetry.StartPublish(EventKind.Message, participant);
        while (true)
        {
            if (!await Outbox.WaitForRoomAsync(cancellationToken))
            {
                throw Refuse(Chat.Refusal.Busy, "The other peers are too far behind to take more messages; try again.");
            }

            await _turn.WaitAsync(cancellationToken);
            try
            {
                if (TryPublish(participant, text, seen, activity) is { } published)
                {
                    HandOut(_time.GetUtcNow());
                    return published;
                }
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    // Null: another message took the room.
    private Published? TryPublish(string participant, byte[] text, LamportTime seen, Activity? activity)
    {
        lock (_gate)
        {
            CheckJoined();
            if (!_ownParticipants.ContainsKey(participant))
            {
                throw Refuse(Chat.Refusal.UnknownParticipant, $"No participant '{participant}' has joined at this peer.");
            }

            if (!Outbox.HasRoom())
            {
                return null;
            }

            Witness(seen);
            return Append(EventKind.Message, participant, text, activity);
        }
    }

    private void Witness(LamportTime seen)
    {
        if (seen > LamportTime.Zero)
        {
            Clock.Witness(seen);
        }
    }

    // Under the gate: one own event. Everybody gets it, this peer included; but for its own "left", which goes to those who remain.
    private Published Append(
        EventKind kind, string participant, byte[] text, Activity? activity, SessionId endedSession = default, bool toSelf = true)
    {
        var time = Clock.Tick();
        var id = new MessageId(_session, ++_sequence);
        var now = UnixMicroseconds(_time.GetUtcNow());
        var trace = activity is { Recorded: true } ? activity.Context : default;
        var traceId = trace == default ? 0 : ChatTelemetry.NumberOf(trace.TraceId);
        var encoded = new LinkMessageView
        {
            Sequence = id.Sequence,
            Kind = (Contracts.V1.EventKind)kind,
            Participant = _ownParticipants.TryGetValue(participant, out var own) ? own.Utf8 : Encoding.UTF8.GetBytes(participant),
            Text = text,
            LamportTime = time.Value,
            PublishedUnixMicroseconds = now,
            TraceId = traceId,
            EndedSession = endedSession.Value,
        }.EncodeAsField();
        Outbox.Append(new OutgoingMessage(id, time, encoded, participant, trace, now));
        ChatTelemetry.Stamp(activity, kind, id, time);
        _telemetry.Published(kind);
        if (!toSelf)
        {
            return new Published(id, time);
        }

        var delivery = new Delivery
        {
            Id = id,
            Kind = kind,
            Participant = participant,
            Text = text,
            PublishedAt = time,
            DeliveredAt = LamportTime.Zero,
            PublishedUnixMicroseconds = now,
            DeliveredUnixMicroseconds = now,
            TraceId = traceId,
            ParentSpanId = traceId == 0 ? 0 : ChatTelemetry.NumberOf(trace.SpanId),
        };
        DeliverOwn(delivery, endedSession);
        return new Published(id, time);
    }

    private void DeliverOwn(in Delivery delivery, SessionId endedSession)
    {
        if (endedSession == default)
        {
            Deliver(delivery);
        }
        else
        {
            DeliverEnd(delivery, endedSession);
        }
    }

    // Under the gate. Delivery is a receipt, at oneself too.
    private void Deliver(in Delivery delivery) => _delivered.Add(delivery with
    {
        DeliveredAt = Clock.Witness(delivery.PublishedAt),
        Text = delivery.Kind == EventKind.Message
            ? delivery.Text
            : ChatText.Announcement(delivery.Kind, delivery.Participant, delivery.PublishedAt.Value),
    });

    // Within the turn, outside the gate: the links first, they have the longest way.
    private void HandOut(DateTimeOffset receivedAt)
    {
        Outbox.SignalAll();
        if (_delivered.Count == 0)
        {
            return;
        }

        var delivered = CollectionsMarshal.AsSpan(_delivered);
        foreach (var log in _logs)
        {
            try
            {
                log.Write(delivered);
            }
            catch (IOException failure)
            {
                _logger.LogNotWritten(failure, delivered.Length);
            }
        }

        Deliveries.Append(delivered);
        _telemetry.Delivered(delivered, receivedAt);
        _delivered.Clear();
    }

    private void BeginSession()
    {
        _session = SessionId.Draw(_random);
        _sequence = 0;
        _sessionStart = _time.GetTimestamp();
        _ownSessions.Add(_session);
        Outbox.BeginSession(_session);
    }

    private void CheckJoined()
    {
        if (_phase != Phase.Joined)
        {
            throw Refuse(Chat.Refusal.NotInChat, _phase == Phase.NotJoined ? "This peer has not joined the chat yet." : "This peer has left the chat.");
        }
    }

    private void CheckTime(LamportTime seen)
    {
        if (seen.Value > MaxLamportTime)
        {
            throw Refuse(Chat.Refusal.Invalid, $"The Lamport time {seen} is out of range; at most {MaxLamportTime} is allowed.");
        }
    }

    private ChatRefusedException Refuse(Refusal refusal, string message)
    {
        _telemetry.Refused(refusal switch
        {
            Chat.Refusal.Invalid => "invalid",
            Chat.Refusal.UnknownParticipant => "unknown_participant",
            Chat.Refusal.NameTaken => "name_taken",
            Chat.Refusal.NotInChat => "not_in_chat",
            _ => "busy",
        });
        return new ChatRefusedException(refusal, message);
    }

    private static long UnixMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;
}
