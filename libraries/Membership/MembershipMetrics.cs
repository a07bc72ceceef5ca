using System.Diagnostics.Metrics;
using ChittyChat.Membership.Core;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership;

/// <summary>The metrics of one node, under memberlist's names where it has them. The meter is "ChittyChat.Membership".</summary>
internal sealed class MembershipMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _alive;
    private readonly Counter<long> _suspect;
    private readonly Counter<long> _dead;
    private readonly Counter<long> _slowedProbes;
    private readonly Counter<long> _unconfirmedTimeouts;
    private readonly Histogram<long> _localState;
    private readonly Histogram<long> _remoteState;

    public MembershipMetrics(string node)
    {
        _meter = new Meter("ChittyChat.Membership", null, [new("node", node)]);
        _dropped = _meter.CreateCounter<long>("memberlist.dropped", "{message}", "Input that was dropped, by reason");
        _alive = _meter.CreateCounter<long>("memberlist.msg.alive", "{message}", "Alive messages received");
        _suspect = _meter.CreateCounter<long>("memberlist.msg.suspect", "{message}", "Suspect messages received");
        _dead = _meter.CreateCounter<long>("memberlist.msg.dead", "{message}", "Dead messages received");
        _slowedProbes = _meter.CreateCounter<long>("memberlist.degraded.probe", "{probe}", "Probes slowed because this node is unwell");
        _unconfirmedTimeouts = _meter.CreateCounter<long>(
            "memberlist.degraded.timeout", "{member}", "Members declared dead although too few others confirmed the suspicion");
        DatagramBytesSent = _meter.CreateCounter<long>("memberlist.udp.sent", "By", "Bytes sent in datagrams");
        DatagramBytesReceived = _meter.CreateCounter<long>("memberlist.udp.received", "By", "Bytes received in datagrams");
        StreamBytesSent = _meter.CreateCounter<long>("memberlist.tcp.sent", "By", "Bytes sent on streams");
        StreamsOpened = _meter.CreateCounter<long>("memberlist.tcp.connect", "{stream}", "Streams opened");
        StreamsAccepted = _meter.CreateCounter<long>("memberlist.tcp.accept", "{stream}", "Streams accepted");
        EventsLost = _meter.CreateCounter<long>("memberlist.events.lost", "{event}", "Events that subscribers lost because they were behind");
        ProbeTime = _meter.CreateHistogram<double>("memberlist.probeNode", "s", "Round-trip time of directly answered probes");
        ExchangeTime = _meter.CreateHistogram<double>("memberlist.pushPullNode", "s", "Duration of push/pull exchanges begun by this node");
        GossipTime = _meter.CreateHistogram<double>("memberlist.gossip", "s", "Duration of rounds of gossip");
        _localState = _meter.CreateHistogram<long>("memberlist.size.local", "By", "Bytes of the state sent in push/pulls, before compression");
        _remoteState = _meter.CreateHistogram<long>("memberlist.size.remote", "By", "Bytes of the state received in push/pulls, after expansion");
    }

    public Counter<long> DatagramBytesSent { get; }

    public Counter<long> DatagramBytesReceived { get; }

    public Counter<long> StreamBytesSent { get; }

    public Counter<long> StreamsOpened { get; }

    public Counter<long> StreamsAccepted { get; }

    public Counter<long> EventsLost { get; }

    public Histogram<double> ProbeTime { get; }

    public Histogram<double> ExchangeTime { get; }

    public Histogram<double> GossipTime { get; }

    /// <summary>Publishes what is read when somebody looks.</summary>
    public void Observe(Func<int> health, Func<int> queued, Func<IEnumerable<Member>> members)
    {
        _meter.CreateObservableGauge("memberlist.health.score", health, null, "0 is healthy");
        _meter.CreateObservableGauge("memberlist.queue.broadcasts", queued, "{message}", "Messages waiting to be gossiped");
        _meter.CreateObservableGauge(
            "memberlist.node.instances",
            () => members().CountBy(m => m.State).Select(c => new Measurement<int>(c.Value, new KeyValuePair<string, object?>("node_state", c.Key.ToString()))),
            "{member}",
            "Known members by state");
    }

    public void Dropped(DropReason reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Degraded(Degradation what) => (what == Degradation.SlowedProbe ? _slowedProbes : _unconfirmedTimeouts).Add(1);

    /// <summary>A push/pull has taken place, whoever began it.</summary>
    public void ExchangedState(ReadOnlyMemory<byte> local, StreamMessage remote)
    {
        _localState.Record(local.Length);
        _remoteState.Record(1 + remote.Body.Length + remote.Tail.Length);
    }

    public void Received(MessageType type)
    {
        switch (type)
        {
            case MessageType.Alive:
                _alive.Add(1);
                break;
            case MessageType.Suspect:
                _suspect.Add(1);
                break;
            case MessageType.Dead:
                _dead.Add(1);
                break;
        }
    }

    public void Dispose() => _meter.Dispose();
}
