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

        await RunUntilAsync(alice, bob.Self.Address.ToString(), logs, () => alice.Members.Any(member => member.Name == "bob"));

        Assert.Contains($"Information healer: Joined members that this peer did not know, through {bob.Self.Address}", logs.Lines);
    }

    [Fact]
    public async Task A_contact_that_is_known_or_that_is_this_peer_itself_is_left_alone()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        await using var bob = await StartAsync("bob", logs);
        await alice.JoinAsync([bob.Self.Address.ToString()]);
        var time = new CountingTime();
        var healer = Healer(alice, [alice.Self.Address.ToString(), bob.Self.Address.ToString()], time, logs);
        using var stopping = new CancellationTokenSource();
        var run = healer.RunAsync(stopping.Token);

        await time.StepsAsync(3);
        await stopping.CancelAsync();
        await run;

        Assert.DoesNotContain(logs.Lines, line => line.Contains(" healer: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_contact_that_does_not_answer_is_tried_again_without_noise()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        var time = new CountingTime();
        var healer = Healer(alice, ["127.0.0.1:1"], time, logs);
        using var stopping = new CancellationTokenSource();
        var run = healer.RunAsync(stopping.Token);

        await time.StepsAsync(3);
        await stopping.CancelAsync();
        await run;

        var lines = logs.Lines.Where(line => line.Contains(" healer: ", StringComparison.Ordinal)).ToArray();
        Assert.InRange(lines.Length, 2, 3);
        Assert.All(lines, line => Assert.StartsWith("Debug healer: Members that this peer does not know do not answer: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_namesake_in_the_other_part_is_reported_once_and_both_go_on()
    {
        using var logs = new ErrorLogs();
        await using var alice = await StartAsync("alice", logs);
        await using var namesake = await StartAsync("alice", logs);
        var time = new CountingTime();
        var healer = Healer(alice, [namesake.Self.Address.ToString()], time, logs);
        using var stopping = new CancellationTokenSource();
        var run = healer.RunAsync(stopping.Token);

        await time.StepsAsync(4);
        await stopping.CancelAsync();
        await run;

        var line = Assert.Single(logs.Lines, line => line.Contains(" healer: ", StringComparison.Ordinal));
        Assert.StartsWith($"Warning healer: Cannot join the members at {namesake.Self.Address}: The name 'alice' is taken", line, StringComparison.Ordinal);
    }

    private static async Task RunUntilAsync(MembershipNode node, string contact, ErrorLogs logs, Func<bool> healed)
    {
        using var stopping = new CancellationTokenSource();
        var logger = new Logger(logs.CreateLogger("healer"));
        var run = Healer(node, [contact], new CountingTime(), logger).RunAsync(stopping.Token);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        await foreach (var _ in node.WatchAsync(timeout.Token))
        {
            if (healed())
            {
                break;
            }
        }

        // It tells after the members have changed: no further change follows to wait for.
        await logger.Told.WaitAsync(timeout.Token);
        await stopping.CancelAsync();
        await run;
    }

    private static SplitHealer Healer(MembershipNode node, string[] contacts, TimeProvider time, ErrorLogs logs) =>
        Healer(node, contacts, time, new Logger(logs.CreateLogger("healer")));

    private static SplitHealer Healer(MembershipNode node, string[] contacts, TimeProvider time, Logger logger) =>
        new(node, new ContactBook(contacts, bootstrap: null, registry: null), time, new Random(1), logger);

    private static Task<MembershipNode> StartAsync(string name, ErrorLogs logs) =>
        MembershipNode.StartAsync(
            new MembershipOptions { Name = name, GossipInterval = TimeSpan.FromMilliseconds(30), StreamTimeout = TimeSpan.FromSeconds(5) }, TimeProvider.System, new Random(name.Length), logs);

    private sealed class Logger(ILogger inner) : ILogger<SplitHealer>
    {
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Told => _told.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            _told.TrySetResult();
        }
    }

    // Every wait of the healer is over at once, and counted.
    private sealed class CountingTime : TimeProvider
    {
        private readonly SemaphoreSlim _steps = new(0);

        public async Task StepsAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(await _steps.WaitAsync(TimeSpan.FromSeconds(30)), $"The healer made {i} steps of {count}.");
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _steps.Release();
            return System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }
}
