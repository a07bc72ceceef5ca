using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>Peers that leave and come back within their processes, and that are cut off on purpose.</summary>
public sealed class RejoinTests
{
    [Fact]
    public async Task A_peer_leaves_and_comes_back_as_a_new_session_at_its_old_port_and_chats_again()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        await using var bob = await LocalPeer.StartAsync("bob", ("Peer:Join", alice.Lifecycle.View!.Self.GossipAddress));
        await alice.SeesAsync("Participant bob joined");
        var before = bob.Lifecycle.View!.Self;

        await bob.Lifecycle.LeaveAsync(CancellationToken.None).ComesAsync("the end of the goodbye");
        await alice.SeesAsync("Participant bob left");
        Assert.Equal(PeerStage.Left, bob.Lifecycle.Stage);
        Assert.Null(bob.Lifecycle.View);
        await Assert.ThrowsAsync<PeerStageException>(() => bob.Lifecycle.LeaveAsync(CancellationToken.None));
        await alice.ExecuteAsync("while you were away");

        await bob.Lifecycle.RejoinAsync(CancellationToken.None).ComesAsync("bob in the chat again");
        await alice.SeesAsync("Participant bob joined");
        Assert.Equal(before.GossipAddress, bob.Lifecycle.View!.Self.GossipAddress);
        Assert.NotEqual(before.Session, bob.Lifecycle.View.Self.Session);
        await Assert.ThrowsAsync<PeerStageException>(() => bob.Lifecycle.RejoinAsync(CancellationToken.None));

        await bob.ExecuteAsync("back again");
        await alice.SeesAsync("back again");
        await alice.ExecuteAsync("welcome");
        await bob.SeesAsync("welcome");
        Assert.DoesNotContain("while you were away", bob.Texts);
    }

    [Fact]
    public async Task Two_peers_that_are_cut_apart_lose_each_other_and_find_each_other_when_the_cut_is_healed()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        await using var bob = await LocalPeer.StartAsync("bob", ("Peer:Join", alice.Lifecycle.View!.Self.GossipAddress));
        await alice.SeesAsync("Participant bob joined");

        // Only one of them has the fault: it has to hold in both directions, for datagrams, streams and links.
        var faults = alice.App.Services.GetRequiredService<FaultInjector>();
        faults.Cut("bob", FaultDirections.Both);
        await alice.SeesAsync("Participant bob left");
        await bob.SeesAsync("Participant alice left");
        await alice.ExecuteAsync("can you hear me?");

        faults.HealAll();
        await alice.ExecuteAsync($"/join {bob.Lifecycle.View!.Self.GossipAddress}");
        await alice.ExecuteAsync("/wait member bob --timeout 30s");
        await bob.ExecuteAsync("/wait member alice --timeout 30s");
        // Each had declared the other gone. Who hears of it begins a new session, and what was said in the former one is not for the other.
        await Eventually.HoldsAsync(
            "bob hears alice",
            () => alice.ExecuteAsync("and now?"),
            _ => bob.Texts.Contains("and now?"),
            _ => string.Join(" | ", bob.Texts));

        Assert.DoesNotContain("can you hear me?", bob.Texts);
    }
}
