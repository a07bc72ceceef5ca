using System.Net;
using System.Text;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Net;
using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Serf;

/// <summary>
/// The Serf dialect on top of membership: intents, user events, queries and coordinates. Everything here runs in the node's loop.
/// </summary>
internal sealed class SerfHooks(string self, Random random, TimeProvider time, ILogger logger) : MembershipHooks
{
    private const int RingSize = 512;
    private const int IntentPriority = 0;
    private const int QueryPriority = 1;
    private const int EventPriority = 2;
    private const int IntentLimit = 4096;
    // Of one Lamport time: more than honest members make, who go past a time as soon as they hear of it.
    private const int SlotLimit = 1024;
    private static readonly TimeSpan IntentLifetime = TimeSpan.FromMinutes(5);

    private readonly SerfClock _clock = new();
    private readonly SerfClock _eventClock = new();
    private readonly SerfClock _queryClock = new();
    private readonly Dictionary<string, Standing> _standings = new(StringComparer.Ordinal) { [self] = default };
    // Intents that came before the member they are about.
    private readonly Dictionary<string, (SerfMessageType Type, ulong Time, long Received)> _intents = new(StringComparer.Ordinal);
    private readonly (ulong Time, List<(string Name, byte[] Payload)> Events)[] _events = new (ulong, List<(string, byte[])>)[RingSize];
    private readonly (ulong Time, List<uint> Ids)[] _queries = new (ulong, List<uint>)[RingSize];
    private readonly Vivaldi _vivaldi = new(random);
    private readonly Dictionary<string, Coordinate> _places = new(StringComparer.Ordinal);
    private ulong _eventsFrom;

    /// <summary>The loop; until it is set there is nobody to talk to.</summary>
    public NodeLoop? Loop { get; set; }

    public Keyring? Keyring { get; set; }

    /// <summary>Where events are delivered.</summary>
    public Action<SerfEvent> Deliver { get; set; } = _ => { };

    /// <summary>Whether events from before a join that is under way are left out.</summary>
    public bool IgnoresOldEvents { get; set; }

    public bool IsLeaving { get; private set; }

    public override ReadOnlyMemory<byte> GetUserState(bool join)
    {
        var exchange = new SerfExchange { Time = _clock.Time, EventTime = _eventClock.Time, QueryTime = _queryClock.Time };
        foreach (var (name, standing) in _standings)
        {
            exchange.StatusTimes.Add(name, standing.Time);
            if (standing.Status == SerfStatus.Left)
            {
                exchange.LeftMembers.Add(name);
            }
        }

        foreach (var (at, events) in _events.Where(e => e.Events is not null))
        {
            exchange.Events.AddRange(events.Select(e => (at, e.Name, e.Payload)));
        }

        return exchange.Write();
    }

    public override void MergeUserState(ReadOnlyMemory<byte> state, bool join)
    {
        if (SerfExchange.TryRead(state.Span) is not { } exchange)
        {
            logger.NotSerf();
            return;
        }

        _clock.Witness(Math.Max(exchange.Time, 1) - 1);
        _eventClock.Witness(Math.Max(exchange.EventTime, 1) - 1);
        _queryClock.Witness(Math.Max(exchange.QueryTime, 1) - 1);
        foreach (var name in exchange.LeftMembers)
        {
            TakeIntent(SerfMessageType.Leave, exchange.StatusTimes.GetValueOrDefault(name) + 1, name);
        }

        foreach (var (name, status) in exchange.StatusTimes.Where(s => !exchange.LeftMembers.Contains(s.Key)))
        {
            TakeIntent(SerfMessageType.Join, status, name);
        }

        if (join && IgnoresOldEvents)
        {
            _eventsFrom = Math.Max(_eventsFrom, exchange.EventTime);
        }

        foreach (var (at, name, payload) in exchange.Events)
        {
            TakeEvent(at, name, payload, coalesce: false);
        }
    }

    public override byte[]? GetAckPayload() => _vivaldi.Place.Write();

    public override void OnPingCompleted(Member member, TimeSpan roundTrip, ReadOnlySpan<byte> payload)
    {
        if (Coordinate.TryRead(payload) is { } place)
        {
            _places[member.Name] = place;
            _vivaldi.Update(member.Name, place, roundTrip);
        }
    }

    public override void OnMemberEvent(MemberEvent change)
    {
        var name = change.Member.Name;
        switch (change.Kind)
        {
            case MemberEventKind.Joined:
                _standings[name] = _standings.TryGetValue(name, out var known) ? known with { Status = SerfStatus.Alive } : NewStanding(name);
                break;
            // Serf takes a goodbye for a failure, too, when no intent came before it.
            case MemberEventKind.Left or MemberEventKind.Failed:
                var before = _standings.GetValueOrDefault(name);
                _standings[name] = before with { Status = before.Status == SerfStatus.Leaving ? SerfStatus.Left : SerfStatus.Failed };
                break;
            case MemberEventKind.Reaped:
                _standings.Remove(name);
                _places.Remove(name);
                _vivaldi.Forget(name);
                break;
        }
    }

    public override void OnUserMessage(ReadOnlySpan<byte> payload)
    {
        var body = payload.IsEmpty ? default : payload[1..];
        var reader = new MsgPackReader(body);
        switch (payload.IsEmpty ? (SerfMessageType)byte.MaxValue : (SerfMessageType)payload[0])
        {
            case SerfMessageType.Join or SerfMessageType.Leave when SerfIntent.TryRead(body, out var intent):
                var type = (SerfMessageType)payload[0];
                if (TakeIntent(type, intent.Time, Encoding.UTF8.GetString(intent.Node)))
                {
                    PassOn(payload, IntentPriority);
                }

                break;
            case SerfMessageType.UserEvent when SerfEventMessage.TryRead(ref reader, out var message):
                if (TakeEvent(message.Time, Encoding.UTF8.GetString(message.Name), message.Payload.ToArray(), message.Coalesce))
                {
                    PassOn(payload, EventPriority);
                }

                break;
            case SerfMessageType.Query when SerfQuery.TryRead(body) is { } query:
                if (TakeQuery(query) && (query.Flags & SerfQuery.NoBroadcast) == 0)
                {
                    PassOn(payload, QueryPriority);
                }

                break;
            case SerfMessageType.Relay:
                Relay(body);
                break;
            default:
                logger.NotSerf();
                break;
        }
    }

    /// <summary>Says that this node is here; done after every join.</summary>
    public void AnnounceJoin(MembershipCore core, TimeSpan now)
    {
        var at = _clock.Time;
        TakeIntent(SerfMessageType.Join, at, self);
        core.GossipUserMessage(SerfIntent.Write(SerfMessageType.Join, at, self), IntentPriority, null, now);
    }

    /// <summary>Says that this node is about to leave, so that its departure does not count as a failure.</summary>
    public void AnnounceLeave(MembershipCore core, object token, TimeSpan now)
    {
        IsLeaving = true;
        var at = _clock.Time;
        _clock.Increment();
        _standings[self] = new Standing(at, SerfStatus.Leaving);
        core.GossipUserMessage(SerfIntent.Write(SerfMessageType.Leave, at, self), IntentPriority, token, now);
    }

    /// <summary>Sends a user event to all, this node included.</summary>
    public void Announce(MembershipCore core, string name, byte[] payload, bool coalesce, TimeSpan now)
    {
        var at = _eventClock.Time;
        _eventClock.Increment();
        TakeEvent(at, name, payload, coalesce);
        core.GossipUserMessage(SerfEventMessage.Write(at, name, payload, coalesce), EventPriority, null, now);
    }

    /// <summary>The expected round-trip time to a member; null while its coordinate is unknown.</summary>
    public TimeSpan? DistanceTo(string name) =>
        _places.TryGetValue(name, out var place) ? TimeSpan.FromSeconds(_vivaldi.Place.DistanceTo(place)) : null;

    // Whether it is news, to be passed on.
    private bool TakeIntent(SerfMessageType type, ulong at, string name)
    {
        _clock.Witness(at);
        if (!_standings.TryGetValue(name, out var known))
        {
            return StoreIntent(type, at, name);
        }

        if (at <= known.Time)
        {
            return false;
        }

        if (type == SerfMessageType.Leave && name == self && !IsLeaving)
        {
            // Somebody remembers an earlier goodbye.
            Loop?.Defer(AnnounceJoin);
            return false;
        }

        _standings[name] = new Standing(at, (type, known.Status) switch
        {
            (SerfMessageType.Join, SerfStatus.Leaving) => SerfStatus.Alive,
            (SerfMessageType.Leave, SerfStatus.Alive) => SerfStatus.Leaving,
            (SerfMessageType.Leave, SerfStatus.Failed) => SerfStatus.Left,
            _ => known.Status,
        });
        return true;
    }

    // Of a member that was not known: what was heard of it before may have been sent after it came.
    private Standing NewStanding(string name) =>
        _intents.Remove(name, out var intent) && time.GetElapsedTime(intent.Received) <= IntentLifetime
            ? new Standing(intent.Time, intent.Type == SerfMessageType.Leave ? SerfStatus.Leaving : SerfStatus.Alive)
            : default;

    private bool StoreIntent(SerfMessageType type, ulong at, string name)
    {
        var received = time.GetTimestamp();
        if (_intents.TryGetValue(name, out var stored) && stored.Time >= at)
        {
            return false;
        }

        if (_intents.Count >= IntentLimit)
        {
            foreach (var old in _intents.Where(i => time.GetElapsedTime(i.Value.Received, received) > IntentLifetime).Select(i => i.Key).ToArray())
            {
                _intents.Remove(old);
            }
        }

        if (_intents.Count < IntentLimit)
        {
            _intents[name] = (type, at, received);
        }

        return true;
    }

    private bool TakeEvent(ulong at, string name, byte[] payload, bool coalesce)
    {
        _eventClock.Witness(at);
        if (at < _eventsFrom || IsTooOld(at, _eventClock))
        {
            return false;
        }

        ref var slot = ref _events[at % RingSize];
        if (slot.Events is null || slot.Time != at)
        {
            slot = (at, []);
        }
        else if (slot.Events.Count >= SlotLimit || slot.Events.Exists(e => e.Name == name && e.Payload.AsSpan().SequenceEqual(payload)))
        {
            return false;
        }

        slot.Events.Add((name, payload));
        Deliver(new SerfEvent(at, name, payload, coalesce));
        return true;
    }

    private bool TakeQuery(SerfQuery query)
    {
        _queryClock.Witness(query.Time);
        if (IsTooOld(query.Time, _queryClock))
        {
            return false;
        }

        ref var slot = ref _queries[query.Time % RingSize];
        if (slot.Ids is null || slot.Time != query.Time)
        {
            slot = (query.Time, []);
        }
        else if (slot.Ids.Count >= SlotLimit || slot.Ids.Contains(query.Id))
        {
            return false;
        }

        slot.Ids.Add(query.Id);
        if (query.ReplyTo is { } replyTo && Loop is { } loop && SerfFilter.Choose(query.Filters, loop.Self))
        {
            if ((query.Flags & SerfQuery.AckWanted) != 0)
            {
                Send(query.WriteResponse(self, ack: true, default), replyTo);
            }

            if (SerfKeyQueries.Answer(query, Keyring!) is { } answer)
            {
                Send(query.WriteResponse(self, ack: false, answer), replyTo);
            }
        }

        return true;
    }

    private static bool IsTooOld(ulong at, SerfClock clock) => clock.Time > RingSize && at < clock.Time - RingSize;

    private void Relay(ReadOnlySpan<byte> body)
    {
        if (SerfRelay.TryRead(body, out var destination, out var inner))
        {
            Send(inner.ToArray(), destination!);
        }
    }

    private void PassOn(ReadOnlySpan<byte> payload, int priority)
    {
        var copy = payload.ToArray();
        Loop?.Defer((core, now) => core.GossipUserMessage(copy, priority, null, now));
    }

    private void Send(byte[] message, IPEndPoint destination) => Loop?.Defer((core, now) => core.SendUserMessage(destination, message, now));

    private enum SerfStatus
    {
        Alive,
        Leaving,
        Left,
        Failed,
    }

    /// <summary>What Serf says of a member, and the Lamport time of the intent that was the last to change it.</summary>
    private readonly record struct Standing(ulong Time, SerfStatus Status);
}
