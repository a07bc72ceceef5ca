using ChittyChat.Peer.Tests.Support;

namespace ChittyChat.Peer.Tests.Chat;

/// <summary>A goodbye that is cut short.</summary>
public sealed class GoodbyeTests
{
    [Fact]
    public async Task Who_has_no_patience_for_the_goodbye_leaves_all_the_same_and_can_come_back()
    {
        await using var alice = await TestPeer.StartAsync(new ScriptedCluster(), "alice");
        var leaving = alice.Chat.Leaving;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Chat.LeaveAsync(new CancellationToken(canceled: true)));

        Assert.True(leaving.IsCancellationRequested, "the calls of others would go on for ever");
        Assert.False(alice.Chat.IsJoined);
        Assert.Null(alice.Chat.Membership);

        await alice.Chat.ReturnAsync(CancellationToken.None);
        await alice.JoinAsync();
        await alice.PublishAsync("back");
        await alice.Log.HasAsync("back");
    }
}
