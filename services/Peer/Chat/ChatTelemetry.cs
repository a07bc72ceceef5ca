using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ChittyChat.LogicalTime;
using Microsoft.Extensions.Options;

namespace ChittyChat.Peer.Chat;

/// <summary>
/// The spans and measurements of the chat. A span's display name carries its Lamport time, so that a trace reads as a Lamport diagram.
/// </summary>
internal sealed class ChatTelemetry : IDisposable
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string SourceName = "ChittyChat.Peer";

    private const string KindTag = "chat.event";
    private const string ReasonTag = "reason";
    private const string LinkTag = "chat.receiver";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly string _name;
    private readonly Meter _meter;
    private readonly Counter<long> _published;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _missed;
    private readonly Histogram<double> _latency;

    public ChatTelemetry(IOptions<ChatOptions> options, IMeterFactory meters)
    {
        _name = options.Value.Name;
        _meter = meters.Create(SourceName);
        _published = _meter.CreateCounter<long>("chittychat.published", "{message}", "Messages published at this peer, joined and left included.");
        _delivered = _meter.CreateCounter<long>("chittychat.delivered", "{message}", "Events delivered at this peer.");
        _duplicates = _meter.CreateCounter<long>("chittychat.duplicates", "{message}", "Messages that came again and were dropped.");
        _refused = _meter.CreateCounter<long>("chittychat.refused", "{message}", "Requests to publish or join that were refused, and messages of ended sessions.");
        _skipped = _meter.CreateCounter<long>("chittychat.link.skipped", "{message}", "Messages that a link was too far behind to send.");
        _missed = _meter.CreateCounter<long>("chittychat.missed", "{message}", "Messages of others that this peer was too slow to get.");
        _latency = _meter.CreateHistogram("chittychat.delivery.latency", "s", "From Publish to Deliver, on the two peers' clocks.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
            });
    }

    /// <summary>Watches a queue: the link's name and how many messages wait.</summary>
    public void ObserveLinks(Func<IEnumerable<(string Receiver, long Lag)>> lags) =>
        _meter.CreateObservableGauge("chittychat.link.queue",
            () => lags().Select(l => new Measurement<long>(l.Lag, new KeyValuePair<string, object?>(LinkTag, l.Receiver))),
            "{message}", "Messages that a link's receiver is not known to have.");

    /// <summary>Watches the view of the members.</summary>
    public void ObserveMembers(Func<IEnumerable<ChatMember>> members) =>
        _meter.CreateObservableUpDownCounter("chittychat.members",
            () => members().CountBy(m => m.State).Select(s => new Measurement<long>(s.Value, new KeyValuePair<string, object?>("state", NameOf(s.Key)))),
            "{member}", "Members by state, in this peer's view.");

    /// <summary>Watches the Join streams.</summary>
    public void ObserveParticipants(Func<long> count) =>
        _meter.CreateObservableUpDownCounter("chittychat.participants", count, "{participant}", "Participants for whom this peer is the proxy.");

    public void Published(EventKind kind) => _published.Add(1, new KeyValuePair<string, object?>(KindTag, NameOf(kind)));

    public void Refused(string reason, long count = 1) => _refused.Add(count, new KeyValuePair<string, object?>(ReasonTag, reason));

    public void Duplicates(long count)
    {
        if (count > 0)
        {
            _duplicates.Add(count);
        }
    }

    public void Skipped(string receiver, ulong count) => _skipped.Add((long)count, new KeyValuePair<string, object?>(LinkTag, receiver));

    public void Missed(ulong count) => _missed.Add((long)count);

    /// <summary>Begins the span of publishing, joining or leaving; null when nobody listens.</summary>
    public Activity? StartPublish(EventKind kind, string participant)
    {
        var activity = Source.StartActivity(VerbOf(kind), ActivityKind.Producer);
        activity?.SetTag("peer.name", _name).SetTag("chat.participant", participant).SetTag(KindTag, NameOf(kind));
        return activity;
    }

    /// <summary>Gives the span its number.</summary>
    public static void Stamp(Activity? activity, EventKind kind, MessageId id, LamportTime time)
    {
        if (activity is not null)
        {
            activity.DisplayName = string.Create(CultureInfo.InvariantCulture, $"{VerbOf(kind)} L={time}");
            activity.SetTag("lamport.time", (long)time.Value).SetTag("chat.message.id", id.ToString());
        }
    }

    /// <summary>Begins the span of sending a traced message to one receiver. It begins when the message was published: waiting counts.</summary>
    public Activity? StartBroadcast(in OutgoingMessage message, string receiver)
    {
        var activity = Source.StartActivity("Broadcast", ActivityKind.Client, message.Trace,
            startTime: DateTimeOffset.UnixEpoch.AddMicroseconds(message.PublishedUnixMicroseconds));
        if (activity is not null)
        {
            activity.DisplayName = string.Create(CultureInfo.InvariantCulture, $"Broadcast L={message.Time} → {receiver}");
            activity.SetTag("peer.name", _name).SetTag("chat.participant", message.Participant).SetTag(LinkTag, receiver)
                .SetTag("lamport.time", (long)message.Time.Value).SetTag("chat.message.id", message.Id.ToString());
        }

        return activity;
    }

    /// <summary>Counts deliveries, measures how long they took, and traces those whose publishing was traced.</summary>
    public void Delivered(ReadOnlySpan<Delivery> deliveries, DateTimeOffset receivedAt)
    {
        if (_delivered.Enabled)
        {
            foreach (ref readonly var delivery in deliveries)
            {
                _delivered.Add(1, new KeyValuePair<string, object?>(KindTag, NameOf(delivery.Kind)));
            }
        }

        if (_latency.Enabled)
        {
            foreach (ref readonly var delivery in deliveries)
            {
                _latency.Record(Math.Max(0, delivery.DeliveredUnixMicroseconds - delivery.PublishedUnixMicroseconds) / 1e6);
            }
        }

        if (Source.HasListeners())
        {
            foreach (ref readonly var delivery in deliveries)
            {
                Trace(delivery, receivedAt);
            }
        }
    }

    /// <summary>The number of a trace id.</summary>
    public static UInt128 NumberOf(ActivityTraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The number of a span id.</summary>
    public static ulong NumberOf(ActivitySpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Trace(in Delivery delivery, DateTimeOffset receivedAt)
    {
        if (delivery.TraceId == 0 || delivery.ParentSpanId == 0)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, delivery.TraceId);
        var traceId = ActivityTraceId.CreateFromBytes(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, delivery.ParentSpanId);
        var parent = new ActivityContext(traceId, ActivitySpanId.CreateFromBytes(bytes[..8]), ActivityTraceFlags.Recorded, isRemote: true);
        using var activity = Source.StartActivity("Deliver", ActivityKind.Consumer, parent, startTime: receivedAt);
        if (activity is not null)
        {
            activity.DisplayName = string.Create(CultureInfo.InvariantCulture, $"Deliver L={delivery.DeliveredAt}");
            activity.SetTag("peer.name", _name).SetTag("chat.participant", delivery.Participant).SetTag(KindTag, NameOf(delivery.Kind))
                .SetTag("lamport.time", (long)delivery.DeliveredAt.Value).SetTag("lamport.published", (long)delivery.PublishedAt.Value)
                .SetTag("chat.message.id", delivery.Id.ToString());
        }
    }

    private static string VerbOf(EventKind kind) => kind switch
    {
        EventKind.Joined => "Join",
        EventKind.Left => "Leave",
        _ => "Publish",
    };

    private static string NameOf(EventKind kind) => kind switch
    {
        EventKind.Joined => "joined",
        EventKind.Left => "left",
        _ => "message",
    };

    private static string NameOf(MemberState state) => state switch
    {
        MemberState.Alive => "alive",
        MemberState.Suspect => "suspect",
        MemberState.Dead => "dead",
        _ => "left",
    };
}
