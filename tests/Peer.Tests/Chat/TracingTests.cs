using System.Collections.Concurrent;
using System.Diagnostics;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Tests.Support;
using ChittyChat.TestSupport;
using EventKind = ChittyChat.Peer.Chat.EventKind;
using MessageId = ChittyChat.Peer.Chat.MessageId;

namespace ChittyChat.Peer.Tests.Chat;

public sealed class TracingTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public TracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ChatTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Publish_is_the_parent_of_each_broadcast_which_is_the_parent_of_its_delivery()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await alice.IsHeardByAsync(bob, carol);

        var published = await alice.PublishAsync("hello");
        var atBob = await bob.Log.HasAsync("hello");
        var atCarol = await carol.Log.HasAsync("hello");

        var spans = await SpansOfAsync(published.Id, 6);
        var publish = spans.Single(s => s.OperationName == "Publish");
        Assert.Equal(($"Publish L={published.Time}", ActivityKind.Producer), (publish.DisplayName, publish.Kind));
        Assert.Equal(("alice", "alice", (long)published.Time.Value),
            (publish.GetTagItem("peer.name"), publish.GetTagItem("chat.participant"), publish.GetTagItem("lamport.time")));
        Assert.All(spans, s => Assert.Equal(publish.TraceId, s.TraceId));
        foreach (var (receiver, delivery) in new[] { ("bob", atBob), ("carol", atCarol) })
        {
            var broadcast = spans.Single(s => s.DisplayName == $"Broadcast L={published.Time} → {receiver}");
            Assert.Equal(publish.SpanId, broadcast.ParentSpanId);
            var deliver = spans.Single(s => s.OperationName == "Deliver" && s.GetTagItem("peer.name") as string == receiver);
            Assert.Equal((broadcast.SpanId, $"Deliver L={delivery.DeliveredAt}", ActivityKind.Consumer),
                (deliver.ParentSpanId, deliver.DisplayName, deliver.Kind));
            Assert.Equal((long)delivery.DeliveredAt.Value, deliver.GetTagItem("lamport.time"));
        }

        var own = spans.Single(s => s.OperationName == "Deliver" && s.GetTagItem("peer.name") as string == "alice");
        Assert.Equal(publish.SpanId, own.ParentSpanId);
        var history = await bob.Client.HistoryAsync(new HistoryRequest { Limit = 1 });
        Assert.Equal(publish.TraceId.ToHexString(), history.Events[0].TraceId);
    }

    [Fact]
    public async Task Join_and_leave_are_traced_alike()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        var joined = await alice.Log.HasAsync(EventKind.Joined, "bob");
        await bob.Chat.LeaveAsync(CancellationToken.None);
        var left = await alice.Log.HasAsync(EventKind.Left, "bob");

        foreach (var (delivery, verb) in new[] { (joined, "Join"), (left, "Leave") })
        {
            // Who leaves does not hear it any more.
            var spans = await SpansOfAsync(delivery.Id, verb == "Join" ? 4 : 3);
            var root = spans.Single(s => s.DisplayName == $"{verb} L={delivery.PublishedAt}");
            var broadcast = spans.Single(s => s.DisplayName == $"Broadcast L={delivery.PublishedAt} → alice");
            var deliver = spans.Single(s => s.DisplayName == $"Deliver L={delivery.DeliveredAt}" && s.GetTagItem("peer.name") as string == "alice");
            Assert.Equal((root.SpanId, broadcast.SpanId), (broadcast.ParentSpanId, deliver.ParentSpanId));
            Assert.Equal(verb == "Join" ? "joined" : "left", deliver.GetTagItem("chat.event"));
        }
    }

    [Fact]
    public async Task A_message_of_a_gRPC_client_goes_on_with_the_callers_trace()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        using var root = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C);
        root.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        root.Start();

        await alice.Client.PublishAsync(new PublishRequest { Text = "hello" });
        root.Stop();

        var delivery = await alice.Log.HasAsync("hello");
        Assert.Equal(ChatTelemetry.NumberOf(root.TraceId), delivery.TraceId);
    }

    // A span is reported when it ends, a moment after the delivery that it is about.
    private Task<Activity[]> SpansOfAsync(MessageId id, int count) => Eventually.HoldsAsync(
        $"{count} spans of message {id}",
        () => Task.FromResult(_spans.Where(s => s.GetTagItem("chat.message.id") as string == id.ToString()).ToArray()),
        spans => spans.Length == count,
        spans => string.Join(", ", spans.Select(s => s.DisplayName)));
}
