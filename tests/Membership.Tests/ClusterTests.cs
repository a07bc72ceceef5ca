using System.Collections.Concurrent;
using System.Net;

namespace ChittyChat.Membership.Tests;

public sealed class ClusterTests
{
    [Fact]
    public async Task Three_nodes_find_each_other_through_one()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        var c = await nodes.StartAndJoinAsync("c", b);

        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
    }

    [Fact]
    public async Task Whoever_leaves_is_left_and_not_failed()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        var c = await nodes.StartAndJoinAsync("c", a);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);

        await b.LeaveAsync();
        await b.DisposeAsync();

        await TestNodes.UntilAsync("a:Alive b:Left c:Alive", a, c);
    }

    [Fact]
    public async Task Whoever_vanishes_is_suspected_and_then_dead()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a", TestNodes.Probing);
        var b = await nodes.StartAndJoinAsync("b", a, TestNodes.Probing);
        var c = await nodes.StartAndJoinAsync("c", a, TestNodes.Probing);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
        var seen = new List<MemberEventKind>();
        var watching = WatchUntilFailedAsync(a, "c", seen);

        await c.DisposeAsync();

        await TestNodes.UntilAsync("a:Alive b:Alive c:Dead", a, b);
        await watching;
        // A suspicion that was refuted may come before, on a busy machine.
        Assert.Equal([MemberEventKind.Suspected, MemberEventKind.Failed], seen[^2..]);
    }

    [Fact]
    public async Task A_name_that_a_running_member_has_is_refused()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        await TestNodes.UntilAsync("a:Alive b:Alive", a, b);
        var second = await nodes.StartAsync("b");

        var refused = await Assert.ThrowsAsync<NameConflictException>(() => second.JoinAsync([a.Self.Address.ToString()]));

        Assert.Equal("b", refused.Name);
        Assert.Equal(b.Self.Address, refused.Holder);
        Assert.Equal("b:Alive", TestNodes.Describe(second));
        Assert.Equal(b.Self.Address, Assert.Single(a.Members, m => m.Name == "b").Address);
    }

    [Fact]
    public async Task A_restarted_process_takes_its_name_to_its_new_port_before_anybody_notices_its_death()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        var c = await nodes.StartAndJoinAsync("c", a);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
        // Started before the other one ends, so that it does not get the same port.
        var again = await nodes.StartAsync("c");
        await c.DisposeAsync();

        // Nobody probes in time: what frees the name is the newcomer's doing.
        Assert.Equal(1, await again.JoinAsync([a.Self.Address.ToString()]));

        foreach (var node in new[] { a, b, again })
        {
            await TestNodes.UntilAsync(
                () => node.Members.Any(m => m.Name == "c" && m.Address.Equals(again.Self.Address) && m.State == MemberState.Alive),
                () => $"{node.Self.Name} to see the new c, but it sees {string.Join(", ", node.Members)}");
        }
    }

    [Fact]
    public async Task A_process_that_is_restarted_after_its_death_was_noticed_is_never_seen_to_leave()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        var c = await nodes.StartAndJoinAsync("c", a);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
        // As the chat does: with its metadata updated, the predecessor's incarnation is as high as the newcomer's.
        await c.UpdateMetadataAsync("first"u8.ToArray());
        await TestNodes.UntilAsync(() => b.Members[2].Incarnation == c.Self.Incarnation, () => "b to see the metadata of c");
        var again = await nodes.StartAsync("c");
        await again.UpdateMetadataAsync("second"u8.ToArray());
        Assert.Equal(c.Self.Incarnation, again.Self.Incarnation);
        await c.DisposeAsync();
        // Both have just heard of it, and go on telling others.
        await TestNodes.DeclareDeadAsync(a, c.Self);
        await TestNodes.DeclareDeadAsync(b, c.Self);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Dead", a, b);
        var seen = new ConcurrentQueue<(MemberEventKind Kind, IPEndPoint Address)>();
        using var watching = new CancellationTokenSource();
        var watched = Task.WhenAll(WatchAsync(a), WatchAsync(b));

        await again.JoinAsync([a.Self.Address.ToString()]);

        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, again);
        // What could still be under way would arrive before the metadata of a later incarnation.
        await again.UpdateMetadataAsync("third"u8.ToArray());
        foreach (var node in new[] { a, b })
        {
            await TestNodes.UntilAsync(
                () => node.Members.Any(m => m.Name == "c" && m.Metadata.Span.SequenceEqual("third"u8)),
                () => $"{node.Self.Name} to see the new metadata of c");
        }

        await watching.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watched);
        Assert.DoesNotContain(seen, e => e.Kind is MemberEventKind.Left or MemberEventKind.Failed && e.Address.Equals(again.Self.Address));

        async Task WatchAsync(MembershipNode node)
        {
            await foreach (var e in node.WatchAsync(watching.Token))
            {
                seen.Enqueue((e.Kind, e.Member.Address));
            }
        }
    }

    [Fact]
    public async Task A_message_reaches_one_member_or_all()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        var c = await nodes.StartAndJoinAsync("c", a);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
        var atB = ReceiveAsync(b, "datagram", "stream", "all");
        var atC = ReceiveAsync(c, "all");
        await Task.WhenAll(atB.Subscribed, atC.Subscribed);

        await a.SendAsync(b.Self, "datagram"u8.ToArray());
        await a.SendReliablyAsync(b.Self, "stream"u8.ToArray());
        await a.BroadcastAsync("all"u8.ToArray());

        await Task.WhenAll(atB.Done, atC.Done).WaitAsync(TestNodes.Patience, TimeProvider.System);
    }

    [Fact]
    public async Task New_metadata_reaches_the_others_and_a_ping_is_answered()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        var b = await nodes.StartAndJoinAsync("b", a);
        await TestNodes.UntilAsync("a:Alive b:Alive", a, b);

        await b.UpdateMetadataAsync(MemberTags.Encode([new("mood", "happy")]));

        await TestNodes.UntilAsync(() => a.Members[1].GetTags().GetValueOrDefault("mood") == "happy", () => "b to be happy");
        var roundTrip = await a.PingAsync(b.Self);
        Assert.True(roundTrip > TimeSpan.Zero);
        Assert.Equal(roundTrip, a.RoundTripTo("b"));
    }

    [Theory]
    [InlineData(16, false, "")]
    [InlineData(24, true, "")]
    [InlineData(32, true, "lab")]
    [InlineData(0, true, "lab")]
    public async Task Encryption_compression_and_label_work_together(int keyLength, bool compression, string label)
    {
        await using var nodes = new TestNodes();
        var key = Enumerable.Range(0, keyLength).Select(i => (byte)i).ToArray();
        void Configure(MembershipOptions options)
        {
            options.SecretKeys = keyLength == 0 ? [] : [key];
            options.Compression = compression;
            options.Label = label;
        }

        var a = await nodes.StartAsync("a", Configure);
        var b = await nodes.StartAndJoinAsync("b", a, Configure);
        var c = await nodes.StartAndJoinAsync("c", a, Configure);
        await TestNodes.UntilAsync("a:Alive b:Alive c:Alive", a, b, c);
        await c.LeaveAsync();
        await TestNodes.UntilAsync("a:Alive b:Alive c:Left", a, b);

        var stranger = await nodes.StartAsync("stranger");
        await Assert.ThrowsAsync<MembershipException>(() => stranger.JoinAsync([a.Self.Address.ToString()]));
    }

    [Fact]
    public async Task It_works_over_ipv6()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a", o => o.BindAddress = IPAddress.IPv6Loopback);
        var b = await nodes.StartAndJoinAsync("b", a, o => o.BindAddress = IPAddress.IPv6Loopback);

        await TestNodes.UntilAsync("a:Alive b:Alive", a, b);
        Assert.True(await a.PingAsync(b.Self) > TimeSpan.Zero);
    }

    [Fact]
    public async Task Joining_nobody_says_why()
    {
        await using var nodes = new TestNodes();
        var a = await nodes.StartAsync("a");
        Assert.Equal(0, await a.JoinAsync([a.Self.Address.ToString()]));

        var none = await Assert.ThrowsAsync<MembershipException>(() => a.JoinAsync(["127.0.0.1:1", "nonsense:port"]));

        Assert.Contains("127.0.0.1:1: Connection refused", none.Message, StringComparison.Ordinal);
        Assert.Contains("'nonsense:port' has no valid port", none.Message, StringComparison.Ordinal);
    }

    private static async Task WatchUntilFailedAsync(MembershipNode node, string name, List<MemberEventKind> seen)
    {
        await foreach (var change in node.WatchAsync())
        {
            if (change.Member.Name == name)
            {
                seen.Add(change.Kind);
                if (change.Kind == MemberEventKind.Failed)
                {
                    return;
                }
            }
        }
    }

    private static (Task Subscribed, Task Done) ReceiveAsync(MembershipNode node, params string[] expected)
    {
        var subscribed = new TaskCompletionSource();
        return (subscribed.Task, Task.Run(async () =>
        {
            var missing = expected.ToHashSet();
            await using var messages = node.ReceiveAsync().GetAsyncEnumerator();
            var next = messages.MoveNextAsync().AsTask();
            subscribed.SetResult();
            while (missing.Count > 0)
            {
                Assert.True(await next, $"The node ended before {string.Join(", ", missing)} came.");
                missing.Remove(System.Text.Encoding.UTF8.GetString(messages.Current.Span));
                next = missing.Count > 0 ? messages.MoveNextAsync().AsTask() : next;
            }
        }));
    }
}
