using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Tests.Support;
using Grpc.Core;
using ChatEventKind = ChittyChat.Peer.Chat.EventKind;

namespace ChittyChat.Peer.Tests.Links;

/// <summary>What a peer answers to a link, spoken to with the generated code, as a peer in another language would.</summary>
public sealed class PeerLinkProtocolTests : IAsyncLifetime
{
    private const ulong Session = 4711;

    private TestPeer _alice = null!;

    public async Task InitializeAsync() => _alice = await TestPeer.StartAsync(new ScriptedCluster(), "alice");

    public async Task DisposeAsync() => await _alice.DisposeAsync();

    [Fact]
    public async Task A_younger_session_is_heard_from_its_first_message()
    {
        using var call = _alice.Links.Broadcast();

        var reply = await GreetAsync(call, Hello() with { Age = TimeSpan.Zero, Next = 100 });
        await call.RequestStream.WriteAsync(Frame(Joined(1), Message(2, "hello")));

        Assert.Equal((Session, 0ul, false), (reply.Session, reply.Delivered, reply.Ended));
        await _alice.Log.HasAsync("Participant zoe joined Chitty-Chat at Lamport time 11");
        Assert.Equal(12ul, (await _alice.Log.HasAsync("hello")).PublishedAt.Value);
    }

    [Fact]
    public async Task An_older_session_is_heard_from_now_on()
    {
        using var call = _alice.Links.Broadcast();

        var reply = await GreetAsync(call, Hello() with { Next = 100 });

        Assert.Equal((99ul, false), (reply.Delivered, reply.Ended));
    }

    [Fact]
    public async Task A_link_resumes_after_the_last_message_delivered_and_what_comes_again_is_dropped()
    {
        using (var call = _alice.Links.Broadcast())
        {
            await GreetAsync(call, Hello());
            await call.RequestStream.WriteAsync(Frame(Message(1, "one"), Message(2, "two")));
            await _alice.Log.HasAsync("two");
        }

        using var again = _alice.Links.Broadcast();
        var reply = await GreetAsync(again, Hello() with { Next = 1 });
        await again.RequestStream.WriteAsync(Frame(Message(1, "one"), Message(2, "two"), Message(3, "three")));

        Assert.Equal(2ul, reply.Delivered);
        await _alice.Log.HasAsync("three");
        Assert.Equal(["one", "two", "three"], _alice.Log.Messages);
    }

    [Fact]
    public async Task The_receiver_acknowledges_what_it_has_delivered_also_at_the_end()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());

        await call.RequestStream.WriteAsync(Frame(Message(1, "one"), Message(2, "two")));
        await call.RequestStream.CompleteAsync();

        LinkReply? last = null;
        while (await call.ResponseStream.MoveNext())
        {
            last = call.ResponseStream.Current;
        }

        Assert.Equal((Session, 2ul), (last!.Session, last.Delivered));
    }

    [Fact]
    public async Task A_gap_that_was_announced_is_passed_over()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());

        var frame = Frame(Message(6, "six"));
        frame.Skipped = 5;
        await call.RequestStream.WriteAsync(frame);

        await _alice.Log.HasAsync("six");
        // It is acknowledged after the gap was reported.
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(6ul, call.ResponseStream.Current.Delivered);
        Assert.Contains(_alice.Errors.Lines, l => l.EndsWith("This peer was too slow for zoe: 5 of its messages are missed for good", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gap_that_was_not_announced_ends_the_call_and_what_came_before_it_stays()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());

        await call.RequestStream.WriteAsync(Frame(Message(1, "one"), Message(3, "three")));

        Assert.Equal(StatusCode.DataLoss, await StatusOf(call));
        Assert.Equal(["one"], _alice.Log.Messages);
        using var again = _alice.Links.Broadcast();
        Assert.Equal(1ul, (await GreetAsync(again, Hello())).Delivered);
    }

    [Fact]
    public async Task Nothing_more_is_taken_of_a_session_that_has_left()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());
        await call.RequestStream.WriteAsync(Frame(Left(1), Message(2, "after the goodbye")));

        LinkReply? last = null;
        while (await call.ResponseStream.MoveNext())
        {
            last = call.ResponseStream.Current;
        }

        Assert.Equal((Session, true), (last!.Session, last.Ended));
        Assert.Empty(_alice.Log.Messages);
        Assert.Equal(1, _alice.Log.Count(ChatEventKind.Left, "zoe"));
        using var again = _alice.Links.Broadcast();
        Assert.True((await GreetAsync(again, Hello())).Ended);
    }

    [Fact]
    public async Task The_end_of_a_session_that_nobody_here_knew_is_not_shown_but_remembered()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());
        await call.RequestStream.WriteAsync(Frame(new LinkMessage
        {
            Sequence = 1,
            Kind = EventKind.Left,
            Participant = "yves",
            LamportTime = 3,
            EndedSession = 99,
        }, Message(2, "done")));
        await _alice.Log.HasAsync("done");

        Assert.Equal(0, _alice.Log.Count(ChatEventKind.Left, "yves"));
        using var yves = _alice.Links.Broadcast();
        Assert.True((await GreetAsync(yves, Hello() with { Session = 99, Name = "yves" })).Ended);
    }

    [Fact]
    public async Task A_hello_that_is_ahead_of_the_clock_brings_it_forward()
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello() with { Lamport = 500 });

        Assert.Equal(501ul, _alice.Chat.Clock.Now.Value);
        Assert.Equal(502ul, (await _alice.PublishAsync("later")).Time.Value);
    }

    [Fact]
    public async Task A_link_to_somebody_else_is_refused()
    {
        using var call = _alice.Links.Broadcast();
        await call.RequestStream.WriteAsync((Hello() with { To = 1 }).Write());

        Assert.Equal(StatusCode.FailedPrecondition, await StatusOf(call));
    }

    [Fact]
    public async Task A_link_before_the_peer_has_joined_is_put_off()
    {
        await using var bob = await TestPeer.ServeAsync(new ScriptedCluster(), "bob");
        using var call = bob.Links.Broadcast();
        await call.RequestStream.WriteAsync((Hello() with { To = bob.Chat.Session.Value }).Write());

        Assert.Equal(StatusCode.Unavailable, await StatusOf(call));
    }

    public static TheoryData<LinkFrame> Faults => new()
    {
        new LinkFrame(),
        Frame(Message(1, "without a hello")),
        new LinkFrame { Hello = new LinkHello() },
        new LinkFrame { Hello = new LinkHello { Session = 5, Name = "zoe", ChatAddress = "nowhere", NextSequence = 1 } },
        new LinkFrame { Hello = new LinkHello { Session = 5, Name = "not a name", ChatAddress = "http://127.0.0.1:1", NextSequence = 1 } },
        new LinkFrame { Hello = new LinkHello { Session = 5, Name = "zoe", ChatAddress = "http://127.0.0.1:1", NextSequence = 1, LamportTime = ulong.MaxValue } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_call_that_does_not_begin_with_a_proper_hello_is_refused(LinkFrame first)
    {
        using var call = _alice.Links.Broadcast();
        await call.RequestStream.WriteAsync(first);

        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(call));
    }

    public static TheoryData<LinkMessage> BadMessages => new()
    {
        new LinkMessage { Sequence = 1, Kind = EventKind.Message, Participant = "zoe", Text = new string('x', 129), LamportTime = 1 },
        new LinkMessage { Sequence = 1, Kind = EventKind.Message, Participant = "zoe", LamportTime = 1 },
        new LinkMessage { Sequence = 1, Kind = EventKind.Message, Participant = "no name", Text = "x", LamportTime = 1 },
        new LinkMessage { Sequence = 1, Kind = EventKind.Message, Participant = "zoe", Text = "x", LamportTime = ulong.MaxValue },
        new LinkMessage { Sequence = 1, Kind = (EventKind)17, Participant = "zoe", Text = "x", LamportTime = 1 },
    };

    [Theory]
    [MemberData(nameof(BadMessages))]
    public async Task A_message_that_breaks_the_rules_ends_the_call_and_is_not_delivered(LinkMessage bad)
    {
        using var call = _alice.Links.Broadcast();
        await GreetAsync(call, Hello());

        await call.RequestStream.WriteAsync(Frame(bad));

        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(call));
        Assert.Single(_alice.Log.Deliveries);
        Assert.True(_alice.Chat.Clock.Now.Value < 1_000);
    }

    private Greeting Hello() => new(Session, "zoe", _alice.Chat.Session.Value, TimeSpan.FromDays(1), 1, 0);

    private static async Task<LinkReply> GreetAsync(AsyncDuplexStreamingCall<LinkFrame, LinkReply> call, Greeting greeting)
    {
        await call.RequestStream.WriteAsync(greeting.Write());
        Assert.True(await call.ResponseStream.MoveNext());
        return call.ResponseStream.Current;
    }

    private static async Task<StatusCode> StatusOf(AsyncDuplexStreamingCall<LinkFrame, LinkReply> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext())
            {
            }
        }
        catch (RpcException ended)
        {
            return ended.StatusCode;
        }

        return StatusCode.OK;
    }

    private static LinkFrame Frame(params LinkMessage[] messages) => new() { Messages = { messages } };

    private static LinkMessage Joined(ulong sequence) => new() { Sequence = sequence, Kind = EventKind.Joined, Participant = "zoe", LamportTime = sequence + 10 };

    private static LinkMessage Left(ulong sequence) => new() { Sequence = sequence, Kind = EventKind.Left, Participant = "zoe", LamportTime = sequence + 10 };

    private static LinkMessage Message(ulong sequence, string text) =>
        new() { Sequence = sequence, Kind = EventKind.Message, Participant = "zoe", Text = text, LamportTime = sequence + 10 };

    private sealed record Greeting(ulong Session, string Name, ulong To, TimeSpan Age, ulong Next, ulong Lamport)
    {
        public LinkFrame Write() => new()
        {
            Hello = new LinkHello
            {
                Session = Session,
                Name = Name,
                // Nobody is there: alice's own link to zoe finds no one, which is no matter here.
                ChatAddress = "http://127.0.0.1:1",
                ToSession = To,
                SessionAgeUs = (ulong)(Age.Ticks / TimeSpan.TicksPerMicrosecond),
                NextSequence = Next,
                LamportTime = Lamport,
                Participants = { Name },
            },
        };
    }
}
