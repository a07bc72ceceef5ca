using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ChittyChat.CommandLine.Tests.Scripts;

public sealed class ConditionTests
{
    private volatile int _members = 1;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _looks;

    [Fact]
    public async Task Waiting_ends_when_the_host_says_that_it_is_met()
    {
        using var session = Make();
        var waiting = session.Run("/wait members 3");
        await Until.True(() => _looks == 1, "it looks for the first time");
        Set(2);
        await Until.True(() => _looks == 2, "it looks again");
        Assert.False(waiting.IsCompleted);
        Set(3);
        Assert.True((await waiting).Succeeded);
        Assert.Equal(3, _looks);
    }

    [Fact]
    public async Task A_change_while_it_looks_is_not_missed()
    {
        using var session = new Session(registry => registry.Condition("members", "so many members are alive", (int count) =>
        {
            var seen = _members;
            if (Interlocked.Increment(ref _looks) == 1)
            {
                Set(3);
            }

            return new ConditionState(seen >= count, $"{seen} alive");
        }, _ => Volatile.Read(ref _changed).Task));
        Assert.True((await session.Run("/wait members 3")).Succeeded);
        Assert.Equal(2, _looks);
    }

    [Fact]
    public async Task Waiting_gives_up_after_its_time_and_says_what_it_saw_last()
    {
        using var session = Make();
        var waiting = session.Run("/wait members 3");
        await Until.True(() => _looks == 1 && session.Time.ArmedTimers == 1, "it looks for the first time");
        session.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(waiting.IsCompleted);
        session.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new CommandOutcome(ExitCodes.TimedOut, "waited 30s for members 3; last seen: 1 alive"), await waiting);
    }

    [Fact]
    public async Task The_time_to_wait_can_be_given()
    {
        using var session = Make();
        Assert.Equal("wait has no sub-command \"--timeout\". /help wait lists them.", await session.Fails("/wait --timeout 5m members 3"));
        var waiting = session.Run("/wait members 3 --timeout 5s");
        await Until.True(() => _looks == 1 && session.Time.ArmedTimers == 1, "it looks for the first time");
        session.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("waited 5s for members 3; last seen: 1 alive", (await waiting).Error);
    }

    [Fact]
    public async Task Without_notice_it_looks_again_every_tenth_of_a_second()
    {
        var open = false;
        using var session = new Session(registry => registry.Condition("open", "the door is open", () => open));
        var waiting = session.Run("/wait open");
        await Until.True(() => session.Time.ArmedTimers == 2, "it waits for the next look");
        open = true;
        session.Time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(waiting.IsCompleted);
        session.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True((await waiting).Succeeded);
    }

    [Fact]
    public async Task A_stream_of_states_is_followed_without_looking_elsewhere()
    {
        var texts = Channel.CreateUnbounded<string>();
        async IAsyncEnumerable<ConditionState> MessagesAsync(
            [RestOfLine("text", "What it contains")] string text, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new(false, "no message");
            await foreach (var message in texts.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new(message.Contains(text, StringComparison.Ordinal), $"\"{message}\"");
            }
        }

        using var session = new Session(registry => registry.Condition("message", "a message contains a text", MessagesAsync));
        var waiting = session.Run("/wait message good morning");
        Assert.True(texts.Writer.TryWrite("good night"));
        Assert.True(texts.Writer.TryWrite("a good morning to all"));
        Assert.True((await waiting).Succeeded);

        waiting = session.Run("/wait --help");
        Assert.True((await waiting).Succeeded);
        waiting = session.Run("/wait message noon");
        Assert.True(texts.Writer.TryWrite("midnight"));
        texts.Writer.Complete();
        Assert.Equal("message noon cannot be met any more; last seen: \"midnight\"", (await waiting).Error);
        Assert.Equal("expected message 'good morning', but: no message", await session.Fails("/expect message good morning", 1));
    }

    [Fact]
    public async Task Expecting_looks_once()
    {
        using var session = Make();
        Assert.Equal("expected members 3, but: 1 alive", await session.Fails("/expect members 3", 1));
        Set(3);
        await session.Lines("/expect members 3");
        Assert.Equal("<count>: \"x\" is not a whole number", await session.Fails("/expect members x"));
        Assert.Equal(2, _looks);
    }

    [Fact]
    public async Task Conditions_are_in_help_and_completion()
    {
        using var session = Make();
        Assert.Equal(["  /wait members  Wait until so many members are alive"], await session.Lines("/help wait"));
        Assert.Equal(["members"], await session.Complete("/wait "));
        Assert.Equal(["fail", "members"], await session.Complete("/expect "));
        Assert.Equal(["--timeout"], await session.Complete("/wait members 3 --t"));
        Assert.Equal("wait has no sub-command \"membrs\". Did you mean /wait members?", await session.Fails("/wait membrs 3"));
    }

    [Fact]
    public async Task Expecting_a_failure_succeeds_only_if_there_is_one()
    {
        using var session = Make();
        Assert.Empty(await session.Lines("/expect fail expect members 9", "/expect fail nobody", "/expect fail ! exit 3"));
        Assert.Empty(session.Output.Errors);
        Assert.Equal("expected /echo hi to fail, but it succeeded", await session.Fails("/expect fail echo hi", 1));
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using var session = Make();
        using var source = new CancellationTokenSource();
        var waiting = session.Run("/wait members 3", source.Token);
        await Until.True(() => _looks == 1, "it looks for the first time");
        await source.CancelAsync();
        Assert.Equal(new CommandOutcome(ExitCodes.Cancelled, "wait members: cancelled"), await waiting);
    }

    private Session Make() => new(registry => registry.Condition("members", "so many members are alive", (int count) =>
    {
        Interlocked.Increment(ref _looks);
        return new ConditionState(_members >= count, $"{_members} alive");
    }, _ => Volatile.Read(ref _changed).Task));

    private void Set(int members)
    {
        _members = members;
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
