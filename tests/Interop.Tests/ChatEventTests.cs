using ChittyChat.Peer.Tests.Host;

namespace ChittyChat.Interop.Tests;

/// <summary>The chat as a Serf agent sees it: real peers, real agents.</summary>
public sealed class ChatEventTests
{
    private const string Output = "Event 'user' script output: ";

    [Fact]
    public async Task An_agent_sees_each_message_once_and_the_peers_come_and_go()
    {
        await using var alice = PeerProcess.Start("--name", "alice", "--serf-events");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var bob = PeerProcess.Start("--name", "bob", "--serf-events", "--join", gossip);
        await alice.SeesAsync("Participant bob joined");
        await using var cluster = new InteropCluster();
        var watcher = await cluster.StartAgentAsync("watcher", "-event-handler=user:chat=cat");
        await watcher.RunAsync("join", gossip);
        await watcher.UntilMemberAsync("alice", "alive");
        await watcher.UntilMemberAsync("bob", "alive");

        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 128));
        alice.Write("hello agents");
        await watcher.UntilAsync(Output + "alice: hello agents", "be shown alice's message");
        bob.Write("hello from bob");
        await watcher.UntilAsync(Output + "bob: hello from bob", "be shown bob's message");
        bob.Write(longest);
        await watcher.UntilAsync($"{Output}bob: {longest[..200]}", "be shown the longest message");
        alice.Write("the last one");
        await watcher.UntilAsync(Output + "alice: the last one", "be shown alice's second message");
        Assert.Equal(4, watcher.CountOf("agent: Received event: user-event: chat"));
        Assert.Contains("…", watcher.LineWith("bob: " + longest[..200]), StringComparison.Ordinal);

        await bob.SignalAsync("TERM");
        Assert.Equal(0, await bob.ExitCodeAsync());
        await watcher.UntilMemberAsync("bob", "left");
        await alice.SignalAsync("KILL");
        await watcher.UntilMemberAsync("alice", "failed");
    }

    [Fact]
    public async Task Without_the_option_agents_hear_nothing_of_the_chat()
    {
        await using var alice = PeerProcess.Start("--name", "alice");
        var (gossip, _, _) = await alice.ListensAsync();
        await alice.JoinedAsync();
        await using var cluster = new InteropCluster();
        var watcher = await cluster.StartAgentAsync("watcher");
        await watcher.RunAsync("join", gossip);
        await watcher.UntilMemberAsync("alice", "alive");

        alice.Write("unheard");
        await alice.SeesAsync("unheard");
        // An event that comes after it tells that everything before it would have been here.
        await watcher.RunAsync("event", "-coalesce=false", "end", "");
        await watcher.UntilAsync("Received event: user-event: end", "hear its own event");

        Assert.Equal(0, watcher.CountOf("user-event: chat"));
    }
}
