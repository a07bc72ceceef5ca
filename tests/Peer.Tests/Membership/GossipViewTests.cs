using System.Collections.Immutable;
using ChittyChat.Membership;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Membership;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Logging;
using MemberState = ChittyChat.Peer.Chat.MemberState;

namespace ChittyChat.Peer.Tests.Membership;

/// <summary>The chat's view over real gossip on loopback.</summary>
public sealed class GossipViewTests : IAsyncLifetime, IDisposable
{
    private static readonly SessionId Alice = new(0xA11CE), Bob = new(0xB0B);

    private readonly ErrorLogs _logs = new();
    private readonly List<IAsyncDisposable> _started = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
        {
            await started.DisposeAsync();
        }
    }

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_peer_alone_sees_itself_with_its_addresses_and_its_session()
    {
        var (node, view) = await StartAsync("alice", Alice);

        Assert.Equal(
            new ChatMember("alice", Alice, new Uri("http://127.0.0.1:4711"), node.Self.Address.ToString(), MemberState.Alive, node.Self.Incarnation.Value), view.Self);
        Assert.Equal(view.Self, Assert.Single(view.Members));
    }

    [Fact]
    public async Task Others_appear_with_what_they_announced()
    {
        var (aliceNode, alice) = await StartAsync("alice", Alice);
        var (bobNode, bob) = await StartAsync("bob", Bob);
        await bobNode.JoinAsync([aliceNode.Self.Address.ToString()]);

        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000b0b Alive");
        await Eventually.HoldsAsync("alice sees bob as he is", () => bob.Self == alice.Members.Single(member => member.Name == "bob"));
        await Eventually.HoldsAsync("bob sees alice as she is", () => alice.Self == bob.Members.Single(member => member.Name == "alice"));
    }

    [Fact]
    public async Task A_member_that_is_no_peer_of_the_chat_is_not_in_the_view()
    {
        var (aliceNode, alice) = await StartAsync("alice", Alice);
        var agent = await StartNodeAsync("agent", MemberTags.Encode(new Dictionary<string, string> { ["role"] = "web" }));
        var plain = await StartNodeAsync("plain", "just bytes"u8.ToArray());
        await agent.JoinAsync([aliceNode.Self.Address.ToString()]);
        await plain.JoinAsync([aliceNode.Self.Address.ToString()]);
        var (bobNode, _) = await StartAsync("bob", Bob);
        await bobNode.JoinAsync([aliceNode.Self.Address.ToString()]);

        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000b0b Alive");
        Assert.Equal(4, aliceNode.Members.Length);
    }

    [Fact]
    public async Task A_new_session_is_announced_to_all()
    {
        var (aliceNode, alice) = await StartAsync("alice", Alice);
        var (bobNode, bob) = await StartAsync("bob", Bob);
        await bobNode.JoinAsync([aliceNode.Self.Address.ToString()]);
        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000b0b Alive");

        bob.SessionChanged(new SessionId(1));
        bob.SessionChanged(new SessionId(2));

        await UntilAsync(bob, "alice 00000000000a11ce Alive, bob 0000000000000002 Alive");
        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000002 Alive");
    }

    [Fact]
    public async Task Those_who_leave_and_those_who_vanish_are_told_apart()
    {
        var (aliceNode, alice) = await StartAsync("alice", Alice);
        var (bobNode, _) = await StartAsync("bob", Bob);
        var (carolNode, _) = await StartAsync("carol", new SessionId(0xCA201));
        await bobNode.JoinAsync([aliceNode.Self.Address.ToString()]);
        await carolNode.JoinAsync([aliceNode.Self.Address.ToString()]);
        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000b0b Alive, carol 00000000000ca201 Alive");

        await bobNode.LeaveAsync();
        await carolNode.DisposeAsync();

        await UntilAsync(alice, "alice 00000000000a11ce Alive, bob 0000000000000b0b Left, carol 00000000000ca201 Dead");
        await IsLoggedAsync($"bob ({bobNode.Self.Address}) has left the cluster");
        await IsLoggedAsync($"carol ({carolNode.Self.Address}) is dead: no answer to probes");
    }

    [Fact]
    public async Task A_watch_that_is_cancelled_ends()
    {
        var (_, alice) = await StartAsync("alice", Alice);
        using var stopping = new CancellationTokenSource();
        await using var watch = alice.WatchAsync(stopping.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await watch.MoveNextAsync());

        var rest = DrainAsync(watch);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await rest);

        // The node may still tell of its own arrival: only what follows has to end.
        static async Task DrainAsync(IAsyncEnumerator<ImmutableArray<ChatMember>> watch)
        {
            while (await watch.MoveNextAsync())
            {
            }
        }
    }

    private static async Task UntilAsync(GossipView view, string expected)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        var seen = "nothing";
        try
        {
            await foreach (var members in view.WatchAsync(timeout.Token))
            {
                seen = Describe(members);
                if (seen == expected)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{view.Self.Name} was to see '{expected}' and sees '{seen}'.");
        }
    }

    // What the members are is seen before it is told.
    private Task IsLoggedAsync(string what) => Eventually.HoldsAsync(
        $"'{what}' is logged", () => _logs.Lines.Any(line => line.EndsWith(what, StringComparison.Ordinal)));

    private static string Describe(ImmutableArray<ChatMember> members) => string.Join(", ", members.Select(member => $"{member.Name} {member.Session} {member.State}"));

    private async Task<(MembershipNode Node, GossipView View)> StartAsync(string name, SessionId session)
    {
        var node = await StartNodeAsync(name, default);
        var view = await GossipView.StartAsync(node, new Uri("http://127.0.0.1:4711"), session, "1.0", ImmutableSortedDictionary<string, string>.Empty, _logs.CreateLogger<GossipView>(), CancellationToken.None);
        _started.Add(view);
        return (node, view);
    }

    private async Task<MembershipNode> StartNodeAsync(string name, ReadOnlyMemory<byte> metadata)
    {
        var options = new MembershipOptions
        {
            Name = name,
            Metadata = metadata,
            ProbeInterval = TimeSpan.FromMilliseconds(300),
            ProbeTimeout = TimeSpan.FromMilliseconds(150),
            GossipInterval = TimeSpan.FromMilliseconds(30),
            SuspicionMultiplier = 3,
            LeavePropagateDelay = TimeSpan.FromMilliseconds(50),
        };
        var node = await MembershipNode.StartAsync(options, TimeProvider.System, new Random(name.Length + name[0]), _logs);
        _started.Add(node);
        return node;
    }
}
