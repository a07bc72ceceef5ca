using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Tests.Support;
using ChittyChat.TestSupport;
using Grpc.Core;
using Grpc.Net.Client;
using ChatEventKind = ChittyChat.Peer.Chat.EventKind;
using ChatMemberState = ChittyChat.Peer.Chat.MemberState;

namespace ChittyChat.Peer.Tests.Grpc;

public sealed class ChatServiceTests : IAsyncLifetime
{
    private readonly ScriptedCluster _cluster = new();
    private TestPeer _alice = null!;
    private TestPeer _bob = null!;

    public async Task InitializeAsync()
    {
        _alice = await TestPeer.StartAsync(_cluster, "alice", o => o.History = 64);
        _bob = await TestPeer.StartAsync(_cluster, "bob");
    }

    public async Task DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _alice.DisposeAsync();
    }

    [Theory]
    [InlineData("0A0361FF62", "Publish")]
    [InlineData("0A02EDA0", "Publish")]
    [InlineData("0A01621A02C328", "Publish")]
    [InlineData("0A05", "Publish")]
    [InlineData("0A0361FF62", "Leave")]
    public async Task Bytes_that_are_not_well_formed_are_the_callers_fault(string hex, string method)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => CallRawAsync(method, Convert.FromHexString(hex)));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith("The request is not well-formed; texts have to be UTF-8.", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(_alice.Log.Messages);
    }

    [Fact]
    public async Task The_raw_call_of_these_tests_works_with_good_bytes()
    {
        await CallRawAsync("Publish", Convert.FromHexString("0A0568656C6C6F"));

        await _bob.Log.HasAsync("hello");
    }

    [Fact]
    public async Task A_participant_publishes_through_its_proxy_under_its_own_name()
    {
        using var call = _alice.Client.Join(new JoinRequest { Participant = "dave" });
        await call.NextAsync();

        await _alice.Client.PublishAsync(new PublishRequest { Text = "it is me", Participant = "dave" });

        Assert.Equal("dave", (await _bob.Log.HasAsync("it is me")).Participant);
        Assert.Equal("dave", (await call.UntilAsync(e => e.Text == "it is me")).Participant);
    }

    [Fact]
    public async Task Nobody_publishes_or_leaves_for_those_who_have_not_joined_here()
    {
        using var call = _bob.Client.Join(new JoinRequest { Participant = "dave" });
        await call.NextAsync();

        await RefusedAsync(StatusCode.NotFound, async () => await _alice.Client.PublishAsync(new PublishRequest { Text = "x", Participant = "dave" }));
        await RefusedAsync(StatusCode.NotFound, async () => await _alice.Client.LeaveAsync(new LeaveRequest { Participant = "dave" }));
        // The peer itself leaves by other ways.
        await RefusedAsync(StatusCode.NotFound, async () => await _alice.Client.LeaveAsync(new LeaveRequest { Participant = "alice" }));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument)]
    [InlineData("two words", StatusCode.InvalidArgument)]
    [InlineData("alice", StatusCode.AlreadyExists)]
    [InlineData("bob", StatusCode.AlreadyExists)]
    [InlineData("dave", StatusCode.AlreadyExists)]
    [InlineData("erin", StatusCode.AlreadyExists)]
    public async Task A_name_has_to_be_valid_and_free(string name, StatusCode code)
    {
        using var here = _alice.Client.Join(new JoinRequest { Participant = "dave" });
        await here.NextAsync();
        using var there = _bob.Client.Join(new JoinRequest { Participant = "erin" });
        await _alice.Log.HasAsync(ChatEventKind.Joined, "erin");

        using var call = _alice.Client.Join(new JoinRequest { Participant = name });

        await RefusedAsync(code, () => call.NextAsync());
    }

    [Fact]
    public async Task A_name_is_free_again_after_its_bearer_has_left()
    {
        using (var call = _alice.Client.Join(new JoinRequest { Participant = "dave" }))
        {
            await call.NextAsync();
            await _alice.Client.LeaveAsync(new LeaveRequest { Participant = "dave" });
            await call.EndsAsync();
        }

        using var again = _alice.Client.Join(new JoinRequest { Participant = "dave" });
        await again.NextAsync();
        await _alice.Client.PublishAsync(new PublishRequest { Text = "I am back", Participant = "dave" });
        await again.UntilAsync(e => e.Text == "I am back");
        Assert.Equal((2, 1), (_alice.Log.Count(ChatEventKind.Joined, "dave"), _alice.Log.Count(ChatEventKind.Left, "dave")));
    }

    [Fact]
    public async Task A_participant_that_does_not_read_its_stream_leaves()
    {
        using var call = _alice.Client.Join(new JoinRequest { Participant = "dave" });
        await _bob.Log.HasAsync(ChatEventKind.Joined, "dave");
        var text = string.Concat(Enumerable.Repeat("😀", 128));
        for (var sent = 1; _bob.Log.Count(ChatEventKind.Left, "dave") == 0; sent++)
        {
            // One at a time: the stream is not behind because we are fast, but because nobody reads it.
            await _alice.Chat.PublishAsync(text, CancellationToken.None);
            await _bob.Log.UntilAsync(d => d.Count(x => x.Kind == ChatEventKind.Message) == sent, $"message {sent}");
            Assert.True(sent < 10_000, "Dave reads nothing, and is still in the chat after 10,000 messages.");
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => call.EndsAsync());
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Fact]
    public async Task The_streams_of_participants_end_when_their_proxy_leaves()
    {
        using var call = _alice.Client.Join(new JoinRequest { Participant = "dave" });
        await _bob.Log.HasAsync(ChatEventKind.Joined, "dave");

        await _alice.Chat.LeaveAsync(CancellationToken.None);

        await call.EndsAsync();
        Assert.Equal(["dave", "alice"], _bob.Log.Deliveries.Where(d => d.Kind == ChatEventKind.Left).Select(d => d.Participant));
    }

    [Fact]
    public async Task Members_are_told_with_their_state_and_their_participants()
    {
        using var call = _bob.Client.Join(new JoinRequest { Participant = "dave" });
        await _alice.Log.HasAsync(ChatEventKind.Joined, "dave");
        _cluster.Set("bob", ChatMemberState.Suspect);

        var response = await _alice.Client.MembersAsync(new MembersRequest());

        Assert.Equal(_alice.Chat.Clock.Now.Value, response.LamportTime);
        Assert.Equal(["alice", "bob"], response.Members.Select(m => m.Name));
        var bob = response.Members[1];
        Assert.Equal(MemberState.Suspect, bob.State);
        Assert.Equal(_bob.Chat.Session.Value, bob.Session);
        Assert.Equal(_bob.Address.GetLeftPart(UriPartial.Authority), bob.ChatAddress);
        Assert.Equal(["dave"], bob.Participants);
        Assert.Equal(["dave"], (await _bob.Client.MembersAsync(new MembersRequest())).Members[1].Participants);
    }

    [Fact]
    public async Task History_has_the_newest_events_oldest_first_and_is_bounded()
    {
        for (var i = 0; i < 100; i++)
        {
            await _alice.PublishAsync($"message {i}");
        }

        var three = await _alice.Client.HistoryAsync(new HistoryRequest { Limit = 3 });
        var all = await _alice.Client.HistoryAsync(new HistoryRequest { Limit = uint.MaxValue });

        Assert.Equal(["message 97", "message 98", "message 99"], three.Events.Select(e => e.Text));
        Assert.Equal(64, all.Events.Count);
        var newest = three.Events[2];
        Assert.Equal((EventKind.Message, "alice", _alice.Chat.Session.Value), (newest.Kind, newest.Participant, newest.MessageId.Session));
        Assert.True(newest.DeliveredAt > newest.LamportTime && newest.DeliveredUnixMs >= newest.PublishedUnixMs && newest.PublishedUnixMs > 0);
    }

    [Fact]
    public async Task Before_it_has_joined_a_peer_is_unavailable()
    {
        await using var carol = await TestPeer.ServeAsync(_cluster, "carol");

        await RefusedAsync(StatusCode.Unavailable, async () => await carol.Client.PublishAsync(new PublishRequest { Text = "x" }));
        await RefusedAsync(StatusCode.Unavailable, async () => await carol.Client.MembersAsync(new MembersRequest()));
        using var call = carol.Client.Join(new JoinRequest { Participant = "dave" });
        await RefusedAsync(StatusCode.Unavailable, () => call.NextAsync());
    }

    [Fact]
    public async Task A_time_that_would_break_every_clock_is_refused()
    {
        await RefusedAsync(StatusCode.InvalidArgument, async () => await _alice.Client.PublishAsync(new PublishRequest { Text = "x", LamportTime = ulong.MaxValue }));

        Assert.True((await _alice.PublishAsync("still fine")).Time.Value < 100);
    }

    [Fact]
    public async Task The_lab_sees_the_peer_the_members_the_backlog_and_then_everything()
    {
        await _alice.PublishAsync("before");
        using var call = _alice.Lab.Watch(new WatchPeerRequest { Backlog = 1 });
        var info = (await NextAsync(call)).Peer;
        var view = (await NextAsync(call)).Members;
        var before = (await NextAsync(call)).Delivery;
        Assert.Equal(("alice", _alice.Chat.Session.Value), (info.Name, info.Session));
        Assert.Equal(["alice", "bob"], view.Members.Select(m => m.Name));
        Assert.Equal("before", before.Text);

        _cluster.Set("bob", ChatMemberState.Suspect);
        await _alice.PublishAsync("after");
        // The clock, which moves all the time, is told once a second.
        _alice.Time.Advance(TimeSpan.FromSeconds(1));

        List<LabEvent> events = [];
        while (!events.Exists(e => e.Delivery?.Text == "after") || !events.Exists(e => e.Members?.Members[1].State == MemberState.Suspect)
            || !events.Exists(e => e.Peer?.LamportTime > info.LamportTime))
        {
            events.Add(await NextAsync(call));
        }
    }

    [Fact]
    public async Task A_watcher_that_cannot_keep_up_is_told_how_much_it_missed_and_every_event_counts()
    {
        using var call = _alice.Lab.Watch(new WatchPeerRequest());
        Assert.NotNull((await NextAsync(call)).Peer);
        var start = _alice.Room.Deliveries.Count;
        var text = string.Concat(Enumerable.Repeat("😀", 128));
        for (var i = 0; i < 3_000; i++)
        {
            await _alice.PublishAsync(text);
        }

        await _alice.PublishAsync("last");

        long seen = 0, missed = 0;
        for (var last = false; !last;)
        {
            var next = await NextAsync(call);
            seen += next.Delivery is null ? 0 : 1;
            missed += (long)next.Missed;
            last = next.Delivery?.Text == "last";
        }

        Assert.True(missed > 0, "The watcher was quick enough: the test is too small.");
        Assert.Equal(_alice.Room.Deliveries.Count - start, seen + missed);
    }

    private static async Task<LabEvent> NextAsync(AsyncServerStreamingCall<LabEvent> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).ComesAsync("an event on the Watch stream"), "The Watch stream has ended.");
        return call.ResponseStream.Current;
    }

    private static async Task RefusedAsync(StatusCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);

    // Past the generated code, which writes no malformed bytes.
    private async Task CallRawAsync(string method, byte[] request)
    {
        var bytes = Marshallers.Create<byte[]>(b => b, b => b);
        using var channel = GrpcChannel.ForAddress(_alice.Address);
        await channel.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, "chittychat.v1.Chat", method, bytes, bytes), host: null, new CallOptions(), request);
    }
}
