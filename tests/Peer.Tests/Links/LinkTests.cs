using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Tests.Support;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Links;

/// <summary>Links over real sockets, with a network that breaks.</summary>
public sealed class LinkTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Every_message_is_delivered_once_and_in_order_wherever_the_connection_is_cut(int seed)
    {
        var random = new Random(seed);
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartBehindProxyAsync(cluster, "bob");
        await alice.IsHeardByAsync(bob);

        const int Messages = 3_000;
        for (var i = 0; i < Messages; i++)
        {
            if (i % 100 == 0)
            {
                await bob.Log.UntilAsync(d => d.Length >= i - 200, $"message {i - 200} or so");
                bob.Proxy.CutAfter(random.Next(1, 12_000));
            }

            await alice.PublishAsync($"message {i}");
        }

        await bob.Log.HasAsync($"message {Messages - 1}");
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"message {i}"), bob.Log.Messages.Skip(1));
        Assert.True(bob.Proxy.Connections >= 5, $"seed {seed}: the connection was cut only {bob.Proxy.Connections - 1} times");
    }

    [Fact]
    public async Task What_was_published_while_a_link_was_broken_is_delivered_when_it_is_whole_again()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartBehindProxyAsync(cluster, "bob");
        await alice.IsHeardByAsync(bob);

        bob.Proxy.Refuse(true);
        bob.Proxy.Cut();
        string[] texts = [.. Enumerable.Range(0, 500).Select(i => $"while away {i}")];
        foreach (var text in texts)
        {
            await alice.PublishAsync(text);
        }

        bob.Proxy.Refuse(false);
        await bob.Log.HasAsync(texts[^1]);
        Assert.Equal(texts, bob.Log.Messages.Skip(1));
    }

    [Fact]
    public async Task A_receiver_that_has_stopped_does_not_slow_the_others_and_is_told_what_it_missed()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice", o => o.Window = 500);
        await using var bob = await TestPeer.StartBehindProxyAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await alice.IsHeardByAsync(bob, carol);

        bob.Proxy.Stall();
        var text = new string('x', 120);
        var published = 0;
        while (alice.Room.Outbox.HasRoom())
        {
            await alice.PublishAsync($"{published++} {text}");
        }

        // For bob alone the next one waits, but not longer than he may hold up the others.
        var waiting = alice.PublishAsync($"{published++} {text}");
        await Eventually.HoldsAsync("carol has all", () => alice.Mesh.Lags.Single(l => l.Receiver == "carol").Lag == 0);
        Assert.False(waiting.IsCompleted);
        alice.Time.Advance(Outbox.Patience + TimeSpan.FromMilliseconds(1));
        await waiting.ComesAsync("nobody waits for bob any more");

        // So many that no buffer on the way to bob holds them all: HTTP/2 lets a megabyte through that is not read.
        for (; published < 15_000; published++)
        {
            await alice.PublishAsync($"{published} {text}");
        }

        await carol.Log.HasAsync($"{published - 1} {text}");
        Assert.Equal(published + 1, carol.Log.Messages.Length);

        bob.Proxy.Resume();
        await alice.IsHeardByAsync(bob);
        var numbers = bob.Log.Deliveries.Where(d => d.Participant == "alice").Select(d => d.Id.Sequence).ToArray();
        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        var missing = (long)(numbers[^1] - numbers[0]) + 1 - numbers.Length;
        Assert.True(missing > 0, "Nothing was missed: the test is too small.");
        // It tells after it has delivered.
        await Eventually.HoldsAsync(
            $"bob tells that it missed {missing} messages",
            () => CountIn(bob, "This peer was too slow for alice: ", " of its messages are missed for good") == missing);
        // Alice tells it again when the link was broken meanwhile.
        Assert.InRange(CountIn(alice, "bob is too far behind: ", " messages are skipped for it"), missing, long.MaxValue);
    }

    [Fact]
    public async Task A_receiver_whose_log_stands_still_does_not_slow_the_others_and_loses_no_line()
    {
        using var disk = new ManualResetEventSlim();
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await alice.IsHeardByAsync(bob, carol);
        bob.Log.Blocked = disk;

        for (var i = 0; i < 2_000; i++)
        {
            await alice.PublishAsync($"message {i}");
        }

        await carol.Log.HasAsync("message 1999");
        Assert.DoesNotContain("message 1999", bob.Log.Messages);
        disk.Set();
        await bob.Log.HasAsync("message 1999");
        Assert.Equal(carol.Log.Messages, bob.Log.Messages);
    }

    [Fact]
    public async Task A_publisher_that_is_faster_than_everybody_loses_nothing()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice", o => o.Window = 64);
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await alice.IsHeardByAsync(bob, carol);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(p => Task.Run(async () =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                await alice.PublishAsync($"{p}:{i}");
            }
        })));

        await alice.IsHeardByAsync(bob, carol);
        Assert.Equal(alice.Log.Messages, bob.Log.Messages);
        Assert.Equal(alice.Log.Messages, carol.Log.Messages);
        Assert.Equal(4_002, alice.Log.Messages.Length);
    }

    [Fact]
    public async Task Who_is_answered_with_the_first_message_after_its_joined_gets_it()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        for (var i = 0; i < 10; i++)
        {
            await using var newcomer = await TestPeer.StartAsync(cluster, $"newcomer-{i}");
            await alice.Log.HasAsync(EventKind.Joined, $"newcomer-{i}");
            await alice.PublishAsync($"welcome {i}");
            await newcomer.Log.HasAsync($"welcome {i}");
        }
    }

    [Fact]
    public async Task A_newcomer_is_not_told_that_old_members_joined_but_hears_when_they_go()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        using var call = bob.Client.Join(new Contracts.V1.JoinRequest { Participant = "dave" });
        await call.NextAsync();
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await bob.IsHeardByAsync(carol);
        Assert.Equal(["carol"], carol.Log.Deliveries.Where(d => d.Kind == EventKind.Joined).Select(d => d.Participant));

        await bob.CrashAsync();
        cluster.Set("bob", MemberState.Dead);

        await carol.Log.HasAsync(EventKind.Left, "dave");
        await carol.Log.HasAsync(EventKind.Left, "bob");
    }

    [Fact]
    public async Task A_member_hears_the_joined_of_a_newcomer_that_did_not_know_it_at_first()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.ServeAsync(cluster, "bob");
        // Gossip has not told bob of alice yet.
        var apart = new ScriptedCluster();
        var view = apart.Join("bob", bob.Chat.Session, bob.Address);
        await bob.Chat.JoinAsync(view, CancellationToken.None);
        await bob.PublishAsync("is anybody there?");

        view.Show([.. view.Members, alice.Membership.Self]);

        await alice.Log.HasAsync("is anybody there?");
        Assert.Equal(["alice", "bob"], alice.Log.Deliveries.Where(d => d.Kind == EventKind.Joined).Select(d => d.Participant));
    }

    [Fact]
    public async Task However_many_announce_a_crash_everybody_shows_it_once()
    {
        var cluster = new ScriptedCluster();
        List<TestPeer> peers = [];
        for (var i = 0; i < 6; i++)
        {
            peers.Add(await TestPeer.StartAsync(cluster, $"peer-{i}"));
        }

        foreach (var peer in peers)
        {
            await peer.IsHeardByAsync([.. peers.Where(p => p != peer)]);
        }

        await peers[5].CrashAsync();
        cluster.Set("peer-5", MemberState.Dead);

        var survivors = peers.Take(5).ToArray();
        foreach (var survivor in survivors)
        {
            await survivor.Log.HasAsync(EventKind.Left, "peer-5");
        }

        foreach (var survivor in survivors)
        {
            await survivor.IsHeardByAsync([.. survivors.Where(p => p != survivor)]);
        }

        Assert.All(survivors, s => Assert.Equal(1, s.Log.Count(EventKind.Left, "peer-5")));
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_was_declared_gone_and_lives_leaves_once_and_joins_again_as_a_new_session()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        using var call = alice.Client.Join(new Contracts.V1.JoinRequest { Participant = "dave" });
        foreach (var peer in new[] { alice, bob, carol })
        {
            await peer.Log.HasAsync(EventKind.Joined, "dave");
            await peer.IsHeardByAsync([.. new[] { alice, bob, carol }.Where(p => p != peer)]);
        }

        var former = alice.Chat.Session;

        // Only bob thinks so.
        cluster.Set("alice", MemberState.Dead, observers: "bob");

        foreach (var peer in new[] { alice, bob, carol })
        {
            await peer.Log.UntilAsync(d => d.Count(x => x.Kind == EventKind.Joined && x.Participant == "dave") == 2
                && d.Count(x => x.Kind == EventKind.Left) == 2, "left and joined of alice and dave");
        }

        Assert.NotEqual(former, alice.Chat.Session);
        Assert.Equal([alice.Chat.Session], alice.Membership.Sessions);
        foreach (var peer in new[] { alice, bob, carol })
        {
            await peer.IsHeardByAsync([.. new[] { alice, bob, carol }.Where(p => p != peer)]);
            Assert.Equal(["dave left", "alice left", "alice joined", "dave joined"], peer.Log.Deliveries
                .Where(d => d.Kind != EventKind.Message).TakeLast(4).Select(d => $"{d.Participant} {(d.Kind == EventKind.Left ? "left" : "joined")}"));
        }
    }

    [Fact]
    public async Task A_peer_that_hung_and_goes_on_joins_again_and_catches_up()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartBehindProxyAsync(cluster, "alice");
        await using var bob = await TestPeer.StartBehindProxyAsync(cluster, "bob");
        await alice.IsHeardByAsync(bob);
        await bob.IsHeardByAsync(alice);

        // Nothing comes through between them, and alice gives him up.
        bob.Proxy.Stall();
        alice.Proxy.Stall();
        cluster.Set("bob", MemberState.Dead, observers: "alice");
        await alice.Log.HasAsync(EventKind.Left, "bob");
        await alice.PublishAsync("said while bob hung");
        await bob.PublishAsync("what did I miss?");
        bob.Proxy.Resume();
        alice.Proxy.Resume();

        await alice.Log.UntilAsync(d => d.Count(x => x.Kind == EventKind.Joined && x.Participant == "bob") == 2, "bob to join again");
        await bob.Log.HasAsync("said while bob hung");
        await bob.IsHeardByAsync(alice);
        Assert.Equal((1, 2), (alice.Log.Count(EventKind.Left, "bob"), alice.Log.Count(EventKind.Joined, "bob")));
        // Of a session that has left, nothing more is taken.
        Assert.DoesNotContain("what did I miss?", alice.Log.Texts);
    }

    [Fact]
    public async Task A_restarted_peer_is_a_new_session_and_the_old_one_leaves()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await bob.IsHeardByAsync(alice);
        await bob.CrashAsync();

        // Membership hears of the new process before it has given up the old one.
        await using var again = await TestPeer.StartAsync(cluster, "bob");

        await again.IsHeardByAsync(alice);
        await alice.IsHeardByAsync(again);
        await alice.Log.HasAsync(EventKind.Left, "bob");
        Assert.Equal((1, 2), (alice.Log.Count(EventKind.Left, "bob"), alice.Log.Count(EventKind.Joined, "bob")));
    }

    [Fact]
    public async Task Times_rise_per_sender_and_every_delivery_comes_after_its_publishing()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        TestPeer[] peers = [alice, bob, carol];

        await Task.WhenAll(peers.SelectMany(p => Enumerable.Range(0, 3).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                var seen = (ulong)(i % 50 == 0 ? i * t : 0);
                await p.Client.PublishAsync(new Contracts.V1.PublishRequest { Text = $"{p.Chat.Name} {t} {i}", LamportTime = seen });
            }
        }))));

        foreach (var peer in peers)
        {
            var deliveries = await peer.Log.UntilAsync(d => d.Count(x => x.Kind == EventKind.Message) == 2_700, "2,700 messages");
            Assert.Equal(2_700, deliveries.Where(d => d.Kind == EventKind.Message).Select(d => d.Id).Distinct().Count());
            Assert.All(deliveries, d => Assert.True(d.DeliveredAt > d.PublishedAt));
            AssertRising(deliveries.Select(d => d.DeliveredAt.Value));
            foreach (var sender in deliveries.GroupBy(d => d.Id.Session))
            {
                AssertRising(sender.Select(d => d.PublishedAt.Value));
                AssertRising(sender.Select(d => d.Id.Sequence));
            }
        }
    }

    private static void AssertRising(IEnumerable<ulong> numbers)
    {
        ulong last = 0;
        foreach (var number in numbers)
        {
            Assert.True(number > last, $"{number} came after {last}");
            last = number;
        }
    }

    private static long CountIn(TestPeer peer, string before, string after) => peer.Errors.Lines
        .Select(l => (Start: l.IndexOf(before, StringComparison.Ordinal), End: l.IndexOf(after, StringComparison.Ordinal), Line: l))
        .Where(l => l.Start >= 0 && l.End > l.Start)
        .Sum(l => long.Parse(l.Line[(l.Start + before.Length)..l.End], System.Globalization.CultureInfo.InvariantCulture));
}
