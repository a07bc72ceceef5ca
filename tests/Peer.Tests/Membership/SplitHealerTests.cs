using ChittyChat.Membership;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Peer.Tests.Membership;

public sealed class SplitHealerTests
{
    [Fact]
    public async Task A_contact_that_is_not_in_the_view_is_joined()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        await using var bob = await StartAsync("bob", logs);

        await RunAsync(alice, [bob.Self.Address.ToString()], steps: 1, logs);

        Assert.Equal(["alice", "bob"], alice.Members.Select(member => member.Name).Order());
        Assert.Equal([$"Information ChittyChat.Peer.Lifecycle.SplitHealer: Joined members that this peer did not know, through {bob.Self.Address}"], LinesOfHealer(logs));
    }

    [Fact]
    public async Task A_contact_that_is_known_or_that_is_this_peer_itself_is_left_alone()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        await using var bob = await StartAsync("bob", logs);
        await alice.JoinAsync([bob.Self.Address.ToString()]);

        await RunAsync(alice, [alice.Self.Address.ToString(), bob.Self.Address.ToString()], steps: 2, logs);

        Assert.Empty(LinesOfHealer(logs));
    }

    [Fact]
    public async Task A_contact_that_does_not_answer_is_tried_again_without_noise()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);

        await RunAsync(alice, ["127.0.0.1:1"], steps: 2, logs);

        var lines = LinesOfHealer(logs);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("Debug ChittyChat.Peer.Lifecycle.SplitHealer: Members that this peer does not know do not answer: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_namesake_in_the_other_part_is_reported_once_and_both_go_on()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        await using var namesake = await StartAsync("alice", logs);

        await RunAsync(alice, [namesake.Self.Address.ToString()], steps: 3, logs);

        var line = Assert.Single(LinesOfHealer(logs));
        Assert.StartsWith($"Warning ChittyChat.Peer.Lifecycle.SplitHealer: Cannot join the members at {namesake.Self.Address}: The name 'alice' is taken", line, StringComparison.Ordinal);
    }

    // The healer waits, and compares; so often.
    private static async Task RunAsync(MembershipNode node, string[] contacts, int steps, ErrorLogs logs)
    {
        var time = new ManualTimeProvider();
        var healer = new SplitHealer(node, new ContactBook(contacts, bootstrap: null, registry: null), time, new Random(1), logs.CreateLogger<SplitHealer>());
        using var stopping = new CancellationTokenSource();
        var run = healer.RunAsync(stopping.Token);
        for (var i = 0; i < steps; i++)
        {
            time.Advance(await time.NextWaitAsync());
        }

        await time.NextWaitAsync();
        await stopping.CancelAsync();
        await run;
    }

    private static string[] LinesOfHealer(ErrorLogs logs) => [.. logs.Lines.Where(line => line.Contains(" ChittyChat.Peer.Lifecycle.SplitHealer: ", StringComparison.Ordinal))];

    private static Task<MembershipNode> StartAsync(string name, ErrorLogs logs) => MembershipNode.StartAsync(
        new MembershipOptions { Name = name, GossipInterval = TimeSpan.FromMilliseconds(30), StreamTimeout = Eventually.Limit },
        TimeProvider.System, new Random(name.Length), logs);
}
