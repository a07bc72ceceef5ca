using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;

namespace ChittyChat.System.Tests;

/// <summary>
/// The application as a person uses it: three peers that chat, one that is added, one that crashes, a Redis that goes away.
/// Each test leaves the system as it found it.
/// </summary>
[Collection(RunningSystem.Name)]
public class ChatTests(SystemFixture system) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Whatever a test does to the system, no service may call it an error: peers come and go, and so does Redis.</summary>
    public async Task DisposeAsync()
    {
        var logs = await system.Telemetry.LogsAsync();
        // OpenTelemetry's severities: 17 is ERROR.
        var errors = logs.Where(l => l.Severity >= 17).Select(l => $"{l.Service} {l.Category}: {l.Text}").ToArray();
        Assert.True(errors.Length == 0, string.Join('\n', errors));
        foreach (var service in new[] { "bootstrap", "registry", "dashboard", "peer-1" })
        {
            Assert.True(logs.Any(l => l.Service == service), $"the dashboard has no log of {service}");
        }
    }

    [Fact]
    public async Task All_peers_see_each_other()
    {
        foreach (var name in new[] { "peer-1", "peer-2", "peer-3" })
        {
            using var peer = system.Peer(name);
            await peer.SeesAliveAsync("peer-1", "peer-2", "peer-3");
        }
    }

    [Fact]
    public async Task A_published_message_is_delivered_by_every_peer_with_its_Lamport_time()
    {
        using var publisher = system.Peer("peer-1");
        var published = await publisher.PublishAsync("hello from the system test");
        foreach (var name in new[] { "peer-1", "peer-2", "peer-3" })
        {
            using var peer = system.Peer(name);
            var history = await peer.HistoryWhenAsync("the message", h => h.Any(e => e.MessageId.Equals(published.MessageId)));
            var delivered = Assert.Single(history, e => e.MessageId.Equals(published.MessageId));
            Assert.Equal("hello from the system test", delivered.Text);
            Assert.Equal("peer-1", delivered.Participant);
            Assert.Equal(published.LamportTime, delivered.LamportTime);
            if (name != "peer-1")
            {
                Assert.True(delivered.DeliveredAt > published.LamportTime, $"delivered at {delivered.DeliveredAt}, published at {published.LamportTime}");
            }
        }
    }

    [Fact]
    public async Task The_dashboard_received_the_spans_of_a_publish_with_their_parents_and_times()
    {
        using var publisher = system.Peer("peer-2");
        var published = await publisher.PublishAsync("follow me");
        var history = await publisher.HistoryWhenAsync("the message", h => h.Any(e => e.MessageId.Equals(published.MessageId)));
        var traceId = history.Single(e => e.MessageId.Equals(published.MessageId)).TraceId;
        Assert.Equal(32, traceId.Length);

        var spans = await Eventually.HoldsAsync(
            "the dashboard has the spans of all three deliveries",
            () => system.Telemetry.SpansAsync(traceId),
            s => s.Count(x => x.Name.StartsWith("Deliver ", StringComparison.Ordinal)) == 3 && s.Count(x => x.Name.StartsWith("Broadcast ", StringComparison.Ordinal)) == 2,
            s => string.Join('\n', s.Select(x => $"{x.Service}: {x.Name}")));

        var time = published.LamportTime.ToString(CultureInfo.InvariantCulture);
        var publish = Assert.Single(spans, s => s.Name == $"Publish L={time}");
        Assert.Equal("peer-2", publish.Service);
        Assert.Equal(time, publish.Attributes["lamport.time"]);
        Assert.Equal("peer-2", publish.Attributes["chat.participant"]);
        foreach (var receiver in new[] { "peer-1", "peer-3" })
        {
            var broadcast = Assert.Single(spans, s => s.Name == $"Broadcast L={time} → {receiver}");
            Assert.Equal(publish.SpanId, broadcast.ParentSpanId);
            Assert.Equal("peer-2", broadcast.Service);
            var deliver = Assert.Single(spans, s => s.Service == receiver && s.Name.StartsWith("Deliver ", StringComparison.Ordinal));
            Assert.Equal(broadcast.SpanId, deliver.ParentSpanId);
            Assert.Equal($"Deliver L={deliver.Attributes["lamport.time"]}", deliver.Name);
            Assert.True(ulong.Parse(deliver.Attributes["lamport.time"], CultureInfo.InvariantCulture) > published.LamportTime);
        }
    }

    [Fact]
    public async Task A_request_is_a_span_with_a_name_but_a_probe_of_health_is_none()
    {
        using var http = new HttpClient { BaseAddress = system.App.GetEndpoint("peer-1", "http") };
        var probe = await GetTracedAsync(http, "/health");
        var request = await GetTracedAsync(http, "/");

        // Spans of one process arrive in their order: the probe's would have been there before.
        var spans = await Eventually.HoldsAsync(
            "the dashboard has the span of the request", () => system.Telemetry.SpansAsync(request), s => s.Count > 0, _ => "");
        Assert.Equal(("peer-1", "GET /"), (Assert.Single(spans).Service, spans[0].Name));
        Assert.Empty(await system.Telemetry.SpansAsync(probe));
    }

    [Fact]
    public async Task A_peer_that_is_added_joins_and_one_that_is_removed_leaves()
    {
        using var witness = system.Peer("peer-1");
        var before = Departures(await witness.HistoryAsync(), "peer-4");

        await system.CommandAsync("peers", "add-peer");
        await system.HealthyAsync("peer-4");
        await witness.SeesAliveAsync("peer-1", "peer-2", "peer-3", "peer-4");
        var session = (await witness.MembersAsync()).Single(m => m.Name == "peer-4" && m.State == MemberState.Alive).Session;
        await witness.HistoryWhenAsync("peer-4 joined", h => Joins(h, session) == 1);

        await system.CommandAsync("peers", "remove-peer");
        Assert.Equal(0, await system.ReachesAsync("peer-4", KnownResourceStates.Exited, KnownResourceStates.Finished));
        await witness.HistoryWhenAsync("peer-4 left", h => Departures(h, "peer-4") == before + 1);
        await witness.SeesAliveAsync("peer-1", "peer-2", "peer-3");
    }

    [Fact]
    public async Task A_crash_is_announced_once_to_each_survivor_and_the_peer_can_come_back()
    {
        using var first = system.Peer("peer-1");
        using var second = system.Peer("peer-2");
        var (firstBefore, secondBefore) = (Departures(await first.HistoryAsync(), "peer-3"), Departures(await second.HistoryAsync(), "peer-3"));

        await system.CommandAsync("peer-3", "crash");
        Assert.NotEqual(0, await system.ReachesAsync("peer-3", KnownResourceStates.Exited, KnownResourceStates.Finished));
        var seen = await first.HistoryWhenAsync("peer-3 left", h => Departures(h, "peer-3") > firstBefore);
        await second.HistoryWhenAsync("peer-3 left", h => Departures(h, "peer-3") > secondBefore);
        var left = seen.Last(e => e.Kind == EventKind.Left);
        Assert.Equal($"Participant peer-3 left Chitty-Chat at Lamport time {left.LamportTime}", left.Text);

        await system.CommandAsync("peer-3", KnownResourceCommands.StartCommand);
        await system.HealthyAsync("peer-3");
        await first.SeesAliveAsync("peer-1", "peer-2", "peer-3");
        var session = (await first.MembersAsync()).Single(m => m.Name == "peer-3" && m.State == MemberState.Alive).Session;
        await first.HistoryWhenAsync("peer-3 joined as a new session", h => Joins(h, session) == 1);
        await second.HistoryWhenAsync("peer-3 joined as a new session", h => Joins(h, session) == 1);
        Assert.Equal(firstBefore + 1, Departures(await first.HistoryAsync(), "peer-3"));
        Assert.Equal(secondBefore + 1, Departures(await second.HistoryAsync(), "peer-3"));
    }

    [Fact]
    public async Task The_chat_goes_on_while_Redis_is_away_and_everything_recovers()
    {
        using var publisher = system.Peer("peer-1");
        using var receiver = system.Peer("peer-2");
        await system.CommandAsync("redis", KnownResourceCommands.StopCommand);
        await system.ReachesAsync("redis", KnownResourceStates.Exited, KnownResourceStates.Finished);

        using var registry = new RegistryClient(system.App);
        await registry.IsUnavailableAsync();
        var published = await publisher.PublishAsync("nobody needs Redis to chat");
        await receiver.HistoryWhenAsync("the message without Redis", h => h.Any(e => e.MessageId.Equals(published.MessageId)));

        await system.CommandAsync("redis", KnownResourceCommands.StartCommand);
        await system.HealthyAsync("redis", "registry", "bootstrap", "peer-1", "peer-2", "peer-3");
        await registry.ListsAsync("peer-1", "peer-2", "peer-3");
    }

    [Fact]
    public async Task The_Aspire_dashboard_lets_a_browser_in_with_its_token_only()
    {
        using var browser = new HttpClient();
        using var page = await browser.GetAsync(system.DashboardLogin);
        Assert.Equal((HttpStatusCode.OK, "/"), (page.StatusCode, page.RequestMessage!.RequestUri!.AbsolutePath));

        using var stranger = new HttpClient();
        using var refused = await stranger.GetAsync(new Uri(system.DashboardLogin, "/"));
        Assert.Equal("/login", refused.RequestMessage!.RequestUri!.AbsolutePath);
    }

    private static int Joins(IReadOnlyList<ChatEvent> history, ulong session) =>
        history.Count(e => e.Kind == EventKind.Joined && e.MessageId.Session == session);

    private static async Task<string> GetTracedAsync(HttpClient http, string path)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        (await http.SendAsync(request)).Dispose();
        return trace;
    }

    private static int Departures(IReadOnlyList<ChatEvent> history, string participant) =>
        history.Count(e => e.Kind == EventKind.Left && e.Participant == participant);
}
