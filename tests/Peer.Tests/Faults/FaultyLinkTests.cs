using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Tests.Support;

namespace ChittyChat.Peer.Tests.Faults;

/// <summary>What faults do to the chat between peers over real sockets.</summary>
public sealed class FaultyLinkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_wait_at_a_cut_at_either_end_and_come_in_order_when_it_is_healed(bool atSender)
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await using var carol = await TestPeer.StartAsync(cluster, "carol");
        await alice.IsHeardByAsync(bob, carol);

        var (faults, target) = atSender ? (alice.Faults, "bob") : (bob.Faults, "alice");
        faults.Cut(target, FaultDirections.Both);
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"behind the cut {i}")];
        foreach (var text in texts)
        {
            await alice.PublishAsync(text);
        }

        await carol.Log.HasAsync(texts[^1]);
        // Carol, too, reaches bob: only the one way is cut.
        await carol.IsHeardByAsync(bob);
        Assert.DoesNotContain(texts[0], bob.Log.Messages);

        faults.HealAll();
        await bob.Log.HasAsync(texts[^1]);
        Assert.Equal(texts, bob.Log.Messages.Where(texts.Contains));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delay_jitter_and_loss_keep_the_order_and_lose_nothing(bool atSender)
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob", realTime: true);
        await alice.IsHeardByAsync(bob);

        var (faults, target) = atSender ? (alice.Faults, "bob") : (bob.Faults, "alice");
        faults.Delay(target, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(30));
        faults.Lose(target, 0.01);
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => $"slow {i}")];
        foreach (var text in texts)
        {
            await alice.PublishAsync(text);
        }

        await bob.Log.HasAsync(texts[^1]);
        Assert.Equal(texts, bob.Log.Messages.Where(texts.Contains));
    }

    [Fact]
    public async Task A_message_is_delayed_by_what_was_asked_for()
    {
        var cluster = new ScriptedCluster();
        await using var alice = await TestPeer.StartAsync(cluster, "alice");
        await using var bob = await TestPeer.StartAsync(cluster, "bob");
        await alice.IsHeardByAsync(bob);

        alice.Faults.Delay("bob", TimeSpan.FromMilliseconds(300), TimeSpan.Zero);
        await alice.PublishAsync("late");
        var delivery = await bob.Log.HasAsync("late");
        // No upper bound: the machine may be busy.
        Assert.True(delivery.DeliveredUnixMicroseconds - delivery.PublishedUnixMicroseconds >= 300_000, "it came too early");
    }
}
