using System.Net;
using System.Net.Sockets;
using System.Text;
using ChittyChat.Membership.Serf;
using ChittyChat.Membership.Wire;
using ChittyChat.TestSupport;

namespace ChittyChat.Membership.Tests.Serf;

/// <summary>The Serf layer without Serf: what it makes of messages, however and how often they come.</summary>
public sealed class SerfNodeTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ErrorLogs _logs = new();
    private readonly List<SerfNode> _nodes = [];

    [Fact]
    public async Task An_event_is_delivered_once_however_often_it_arrives()
    {
        var node = await StartAsync("alice");
        var events = FollowAsync(node);
        await HearAsync(node, 5, "chat", "hello");
        await HearAsync(node, 5, "chat", "hello");
        await HearAsync(node, 5, "chat", "another of the same moment");
        await HearAsync(node, 5, "chat", "hello");
        await HearAsync(node, 6, "end", "");

        Assert.Equal(["chat hello", "chat another of the same moment", "end "], await events);
    }

    [Fact]
    public async Task An_event_that_is_too_old_to_be_known_again_is_left_out()
    {
        var node = await StartAsync("alice");
        var events = FollowAsync(node);
        await HearAsync(node, 1000, "chat", "new");
        await HearAsync(node, 1000 - 513, "chat", "too old");
        await HearAsync(node, 1000 - 500, "chat", "late");
        await HearAsync(node, 1001, "end", "");

        Assert.Equal(["chat new", "chat late", "end "], await events);
    }

    [Fact]
    public async Task Who_joins_hears_earlier_events_only_if_it_wants_to()
    {
        var alice = await StartAsync("alice");
        await alice.SendEventAsync("chat", "before"u8.ToArray());
        var bob = await StartAsync("bob");
        var carol = await StartAsync("carol");
        var atBob = FollowAsync(bob);
        var atCarol = FollowAsync(carol);

        await bob.JoinAsync([alice.Node.Self.Address.ToString()], replay: true);
        await carol.JoinAsync([alice.Node.Self.Address.ToString()], replay: false);
        await carol.SendEventAsync("end", default);

        Assert.Equal(["chat before", "end "], await atBob);
        Assert.Equal(["end "], await atCarol);
    }

    [Fact]
    public async Task A_goodbye_that_is_not_its_own_is_answered_with_a_newer_join()
    {
        var node = await StartAsync("alice");
        await node.Node.Loop.CallAsync((core, now) => Receive(core, now, SerfIntent.Write(SerfMessageType.Leave, 50, "alice")), CancellationToken.None);

        var state = SerfExchange.TryRead(await StateAsync(node))!;

        Assert.Equal(51ul, state.StatusTimes["alice"]);
        Assert.Equal(52ul, state.Time);
        Assert.DoesNotContain("alice", state.LeftMembers);
    }

    [Theory]
    [InlineData("intent leave", true)]
    [InlineData("intent dead", true)]
    [InlineData("dead intent", true)]
    [InlineData("leave intent", true)]
    [InlineData("dead", false)]
    // A goodbye without an intent is a failure to Serf.
    [InlineData("leave", false)]
    [InlineData("intent join leave", false)]
    [InlineData("intent dead alive", false)]
    public async Task Departed_is_who_said_so_or_was_said_to_be(string story, bool departed)
    {
        var node = await StartAsync("alice");
        await TellAsync(node, "alive", 1);
        ulong time = 10;
        foreach (var step in story.Split(' '))
        {
            await TellAsync(node, step, ++time);
        }

        var state = SerfExchange.TryRead(await StateAsync(node))!;

        Assert.Equal(departed ? ["bob"] : [], state.LeftMembers);
        Assert.Contains("bob", state.StatusTimes.Keys);
    }

    [Fact]
    public async Task Events_of_one_moment_are_limited()
    {
        var node = await StartAsync("alice");
        for (var i = 0; i < 1500; i++)
        {
            await HearAsync(node, 7, "chat", $"{i}");
        }

        Assert.Equal(1024, SerfExchange.TryRead(await StateAsync(node))!.Events.Count);
    }

    [Fact]
    public async Task Hooks_of_the_application_are_refused_as_Serf_has_its_own()
    {
        var options = TestNodes.Quick("alice");
        options.Hooks = new Silent();

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => SerfNode.StartAsync(options, new Dictionary<string, string>()));

        Assert.Contains("leave Hooks null", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_goodbye_that_is_under_way_ends_when_the_node_does()
    {
        var alice = await StartAsync("alice");
        var bob = await StartAsync("bob", o => o.GossipInterval = TimeSpan.FromDays(1));
        await bob.JoinAsync([alice.Node.Self.Address.ToString()]);

        var leaving = bob.LeaveAsync();
        await bob.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => leaving.WaitAsync(Patience, TimeProvider.System));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => bob.JoinAsync([]));
        await foreach (var _ in bob.WatchEventsAsync())
        {
            Assert.Fail("There is nothing to follow any more.");
        }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("alice", true)]
    [InlineData("bob", false)]
    public async Task A_query_is_acknowledged_by_whom_it_is_for(string? filter, bool acknowledged)
    {
        var node = await StartAsync("alice");
        using var asker = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = (ushort)((IPEndPoint)asker.Client.LocalEndPoint!).Port;
        await node.Node.Loop.CallAsync((core, now) => Receive(core, now, Query(7, filter, port)), CancellationToken.None);
        // One for everybody, which shows that the first has been dealt with.
        await node.Node.Loop.CallAsync((core, now) => Receive(core, now, Query(8, null, port)), CancellationToken.None);

        var ids = new List<ulong>();
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        do
        {
            ids.Add(AcknowledgedIn((await asker.ReceiveAsync(limit.Token)).Buffer));
        }
        while (ids[^1] != 8);

        Assert.Equal(acknowledged ? [7ul, 8ul] : [8ul], ids);
    }

    [Theory]
    [InlineData("role", "^ch.t$", true)]
    [InlineData("role", "h", true)]
    [InlineData("role", "^h", false)]
    [InlineData("missing", "^$", true)]
    [InlineData("missing", "x", false)]
    [InlineData("role", "(", false)]
    [InlineData("role", @"(.)\1", false)]
    public void A_tag_chooses_by_an_expression_that_need_not_be_anchored(string tag, string expression, bool chosen)
    {
        var writer = new ByteWriter();
        writer.WriteByte(1);
        writer.WriteMapHeader(2);
        writer.WriteRaw("Expr"u8);
        writer.WriteString(expression);
        writer.WriteRaw("Tag"u8);
        writer.WriteString(tag);
        var member = new Member(
            "alice", new IPEndPoint(IPAddress.Loopback, 9), MemberTags.Encode([new("role", "chat")]), MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);

        Assert.Equal(chosen, SerfFilter.Choose([writer.ToArray()], member));
        Assert.False(SerfFilter.Choose([writer.ToArray(), [7]], member));
    }

    [Fact]
    public void Coordinates_come_to_tell_the_round_trip_time()
    {
        var (one, other) = (new Vivaldi(new Random(1)), new Vivaldi(new Random(2)));
        for (var i = 0; i < 300; i++)
        {
            one.Update("other", other.Place, TimeSpan.FromMilliseconds(20));
            other.Update("one", one.Place, TimeSpan.FromMilliseconds(20));
        }

        Assert.InRange(one.Place.DistanceTo(other.Place), 0.018, 0.022);
    }

    [Fact]
    public async Task An_event_that_agents_would_refuse_is_refused_at_once()
    {
        var node = await StartAsync("alice");

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => node.SendEventAsync("chat", new byte[509]));

        Assert.Contains("512 bytes together, but have 513", refused.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _logs.Dispose();
    }

    private static bool Receive(Membership.Core.MembershipCore core, TimeSpan now, byte[] message)
    {
        core.ReceivePacket([(byte)MessageType.User, .. message], new IPEndPoint(IPAddress.Loopback, 9), now);
        return true;
    }

    // Something about bob: that he is alive, dead, has left, or an intent of his to leave or join.
    private static Task<bool> TellAsync(SerfNode node, string what, ulong time) => node.Node.Loop.CallAsync(
        (core, now) =>
        {
            var message = new ByteWriter();
            var incarnation = new Incarnation((uint)time);
            switch (what)
            {
                case "alive":
                    message.WriteAlive(new Member("bob", new IPEndPoint(IPAddress.Loopback, 9), default, MemberState.Alive, incarnation, ProtocolVersions.Serf));
                    break;
                case "dead" or "leave":
                    message.WriteAccusation(MessageType.Dead, incarnation, "bob", what == "dead" ? "carol" : "bob");
                    break;
                case "intent" or "join":
                    return Receive(core, now, SerfIntent.Write(what == "join" ? SerfMessageType.Join : SerfMessageType.Leave, time, "bob"));
                default:
                    throw new ArgumentOutOfRangeException(nameof(what), what, null);
            }

            core.ReceivePacket(message.Written, new IPEndPoint(IPAddress.Loopback, 9), now);
            return true;
        },
        CancellationToken.None);

    private static Task<bool> HearAsync(SerfNode node, ulong time, string name, string payload) => node.Node.Loop.CallAsync(
        (core, now) => Receive(core, now, SerfEventMessage.Write(time, name, Encoding.UTF8.GetBytes(payload), coalesce: false)), CancellationToken.None);

    private static async Task<byte[]> StateAsync(SerfNode node)
    {
        var state = await node.Node.Loop.CallAsync((core, now) => core.WriteState(join: false, null, now), CancellationToken.None);
        // The user state is what follows the table, which here is this node alone: it begins with the type of Serf's message and a map of six.
        var at = state.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[(byte)SerfMessageType.PushPull, 0x86]);
        return state[at..];
    }

    // The events up to one called "end". The subscription has begun when this returns.
    private static async Task<string[]> FollowAsync(SerfNode node)
    {
        var all = new List<string>();
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await foreach (var message in node.WatchEventsAsync(limit.Token))
            {
                all.Add($"{message.Name} {Encoding.UTF8.GetString(message.Payload.Span)}");
                if (message.Name == "end")
                {
                    return [.. all];
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Reported below.
        }

        throw new InvalidOperationException($"The last event did not come, only {string.Join(", ", all)}.");
    }

    private static byte[] Query(uint id, string? filter, ushort port)
    {
        var writer = new ByteWriter();
        writer.WriteByte((byte)SerfMessageType.Query);
        writer.WriteMapHeader(7);
        writer.WriteRaw("Addr"u8);
        writer.WriteRaw([127, 0, 0, 1]);
        writer.WriteRaw("Filters"u8);
        writer.WriteArrayHeader(filter is null ? 0 : 1);
        if (filter is not null)
        {
            var names = new ByteWriter();
            names.WriteByte(0);
            names.WriteArrayHeader(1);
            names.WriteString(filter);
            writer.WriteRaw(names.Written);
        }

        writer.WriteRaw("Flags"u8);
        writer.WriteUInt(SerfQuery.AckWanted);
        writer.WriteRaw("ID"u8);
        writer.WriteUInt(id);
        writer.WriteRaw("LTime"u8);
        writer.WriteUInt(id);
        writer.WriteRaw("Name"u8);
        writer.WriteString("anything");
        writer.WriteRaw("Port"u8);
        writer.WriteUInt(port);
        return writer.ToArray();
    }

    private static ulong AcknowledgedIn(byte[] datagram)
    {
        Assert.Equal([(byte)MessageType.User, (byte)SerfMessageType.QueryResponse], datagram[..2]);
        ulong id = 0, flags = 0;
        var from = "";
        var reader = new MsgPackReader(datagram.AsSpan(2));
        Assert.True(reader.TryReadMapHeader(out var count));
        for (; count > 0; count--)
        {
            Assert.True(reader.TryReadRaw(out var key));
            switch (Encoding.ASCII.GetString(key))
            {
                case "ID":
                    Assert.True(reader.TryReadUInt(uint.MaxValue, out id));
                    break;
                case "Flags":
                    Assert.True(reader.TryReadUInt(uint.MaxValue, out flags));
                    break;
                case "From":
                    Assert.True(reader.TryReadRaw(out var name));
                    from = Encoding.UTF8.GetString(name);
                    break;
                default:
                    Assert.True(reader.TrySkip());
                    break;
            }
        }

        Assert.Equal(("alice", 1ul), (from, flags));
        return id;
    }

    private async Task<SerfNode> StartAsync(string name, Action<MembershipOptions>? configure = null)
    {
        var options = TestNodes.Quick(name);
        options.Compression = false;
        configure?.Invoke(options);
        var node = await SerfNode.StartAsync(options, new Dictionary<string, string>(), TimeProvider.System, new Random(4711 + _nodes.Count), _logs);
        _nodes.Add(node);
        return node;
    }

    private sealed class Silent : MembershipHooks;
}
