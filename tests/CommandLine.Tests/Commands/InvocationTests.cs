using System.Runtime.CompilerServices;

namespace ChittyChat.CommandLine.Tests.Commands;

public sealed class InvocationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_kind_of_result_is_written()
    {
        using var session = new Session(registry =>
        {
            registry.Register("nothing", "Return nothing", () => { });
            registry.Register("text", "Return a text", () => "two\nlines");
            registry.Register("styled", "Return a line", () => new StyledText("line", Meaning.Success));
            registry.Register("task", "Return later", async () => await Task.FromResult("later"));
            registry.Register("plain-task", "Return nothing later", async () => await Task.Yield());
            registry.Register("value-task", "Return later", () => ValueTask.FromResult(5));
            registry.Register("empty-value-task", "Return nothing later", () => ValueTask.CompletedTask);
            registry.Register("null", "Return null", () => (string?)null);
            registry.Register("hidden", "Return nothing, although there is something", Task () => Task.FromResult(true));
            registry.Register("stream", "Return several", Numbers);
        });
        Assert.Equal(
            ["two", "lines", "line", "later", "5", "1", "2", "3"],
            await session.Lines("/nothing", "/text", "/styled", "/task", "/plain-task", "/value-task", "/empty-value-task", "/null", "/hidden", "/stream"));
    }

    [Fact]
    public async Task With_json_every_result_is_a_document_on_one_line()
    {
        using var session = new Session(registry =>
        {
            registry.Register("nothing", "Return nothing", () => { });
            registry.Register("text", "Return a text", (CommandContext context) =>
            {
                context.Write("working");
                return "two\n\"lines\"";
            });
            registry.Register("record", "Return a record", () => new Sample("bob", TimeSpan.FromMilliseconds(1.5), DayOfWeek.Monday, null));
            registry.Register("list", "Return a list", () => (IEnumerable<int>)[1, 2]);
            registry.Register("stream", "Return several", Numbers);
            registry.Register("escape", "Return an escape code", () => "\u001b[31mred\u009b");
        });
        Assert.Equal(
            [
                "null",
                "\"two\\n\\\"lines\\\"\"",
                "{\"name\":\"bob\",\"roundTrip\":\"1.5ms\",\"day\":\"monday\"}",
                "[1,2]",
                "1", "2", "3",
                "\"\\u001B[31mred\\u009B\"",
            ],
            await session.Lines("/nothing --json", "/text --json", "/record --json", "/list --json", "/stream --json", "/escape --json"));
    }

    [Fact]
    public async Task With_json_every_command_is_one_document_whatever_it_returns_and_however_it_ends()
    {
        using var session = new Session(registry =>
        {
            registry.Register("nothing", "Return nothing", () => { });
            registry.Register("later", "Return nothing later", async () => await Task.Yield());
            registry.Register("null", "Return null", () => (string?)null);
            registry.Register("none", "Stream nothing", () => AsyncEnumerable.Empty<int>());
            registry.Register("written", "Write the result", (CommandContext context) => context.WriteResult(5));
            registry.Register("half", "Fail, but not for nothing", () => { throw new CommandException("half of it", exitCode: 3) { Result = new Half(2, 4) }; });
        });
        Assert.Equal(
            ["null", "null", "null", "null", "5", "\"a\"", "\"a\""],
            await session.Lines("/nothing --json", "/later --json", "/null --json", "/none --json", "/written --json", "/repeat --json 2 echo a"));
        Assert.Equal(3, (await session.Run("/half --json")).ExitCode);
        Assert.Equal("{\"done\":2,\"wanted\":4}", Assert.Single(session.Output.Lines[7..]));
        Assert.Empty(session.Output.Errors);

        Assert.Equal("half of it", await session.Fails("/half", 3));
        Assert.Equal(["done    2", "wanted  4"], session.Output.Lines[8..]);
    }

    [Fact]
    public async Task With_json_an_error_is_a_document_too()
    {
        using var session = new Session(registry =>
        {
            registry.Register("refuse", "Fail", string (int number) => throw new CommandException("no", "Try yes."));
            registry.Register("say", "Say it", string ([RestOfLine("text", "")] string text) => throw new CommandException(text));
        });
        Assert.Equal(1, (await session.Run("/refuse 1 --json")).ExitCode);
        Assert.Equal(2, (await session.Run("/refuse x --json")).ExitCode);
        Assert.Equal(2, (await session.Run("/nobody --json")).ExitCode);
        Assert.Equal(1, (await session.Run("/say a --json")).ExitCode);
        Assert.Equal(1, (await session.Run("/say --json a")).ExitCode);
        Assert.Equal(
            [
                "{\"error\":\"no\",\"hint\":\"Try yes.\",\"exitCode\":1}",
                "{\"error\":\"<number>: \\\"x\\\" is not a whole number\",\"exitCode\":2}",
                "{\"error\":\"there is no command \\\"nobody\\\"\",\"hint\":\"/help lists the commands.\",\"exitCode\":2}",
                "{\"error\":\"a\",\"exitCode\":1}",
            ],
            session.Output.Lines);
        Assert.Equal(["a --json"], session.Output.Errors);
    }

    [Fact]
    public async Task An_expected_failure_is_shown_as_its_message_and_hint()
    {
        using var session = new Session(registry => registry.Register(
            "refuse", "Fail", async Task () =>
            {
                await Task.Yield();
                throw new CommandException("nobody is called bob", "/members lists the members.", 7);
            }));
        Assert.Equal("nobody is called bob. /members lists the members.", await session.Fails("/refuse", 7));
    }

    [Fact]
    public async Task A_defect_is_one_line_for_the_user_and_a_log_entry_with_the_exception()
    {
        using var session = new Session(registry => registry.Register(
            "break", "Break", string () => throw new InvalidOperationException("first line\nsecond line"))).ExpectDefect("The command break failed");
        Assert.Equal("break failed unexpectedly: first line (InvalidOperationException)", await session.Fails("/break", ExitCodes.Failure));
    }

    [Fact]
    public async Task Cancelling_ends_a_command_with_exit_code_130()
    {
        using var session = new Session(registry => registry.Register(
            "hang", "Hang", (CancellationToken token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)));
        using var source = new CancellationTokenSource();
        var running = session.Run("/hang", source.Token);
        Assert.False(running.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(new CommandOutcome(ExitCodes.Cancelled, "hang: cancelled"), await running);
        Assert.Equal(["hang: cancelled"], session.Output.Errors);
    }

    [Fact]
    public async Task A_command_that_ignores_its_token_does_not_hold_the_prompt()
    {
        var started = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        using var session = new Session(registry => registry.Register("deaf", "Ignore everything", async () =>
        {
            started.SetResult();
            await never.Task;
        }));
        using var source = new CancellationTokenSource();
        var running = session.Run("/deaf", source.Token);
        await started.Task.WaitAsync(Patience);
        await source.CancelAsync();
        await Until.True(() => session.Time.ArmedTimers > 0 || running.IsCompleted, "the grace period begins");
        session.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new CommandOutcome(ExitCodes.Cancelled, "deaf: cancelled, but it does not stop"), await running);
        never.SetResult();
    }

    [Fact]
    public async Task A_stream_is_written_item_by_item_and_ends_when_it_is_cancelled()
    {
        using var session = new Session(registry => registry.Register("watch", "Watch", Forever));
        using var source = new CancellationTokenSource();
        var running = session.Run("/watch", source.Token);
        await session.Output.LineWith("bob  monday");
        Assert.False(running.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(ExitCodes.Cancelled, (await running).ExitCode);
    }

    [Fact]
    public async Task A_host_can_refuse_commands_to_a_session()
    {
        using var session = new Session();
        var stranger = new CommandInterpreter(session.Registry) { Refuse = command => command.IsLocal ? "it reaches outside the peer" : null };
        var output = new RecordedOutput();
        Assert.True((await stranger.ExecuteAsync("/echo hi", output)).Succeeded);
        Assert.False((await stranger.ExecuteAsync("! echo hi", output)).Succeeded);
        Assert.False((await stranger.ExecuteAsync("/repeat 1 shell echo hi", output)).Succeeded);
        Assert.Equal(["hi"], output.Lines);
        Assert.Equal(
            ["shell is not allowed here: it reaches outside the peer", "shell is not allowed here: it reaches outside the peer"], output.Errors);
    }

    private static async IAsyncEnumerable<int> Numbers()
    {
        for (var i = 1; i <= 3; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    private static async IAsyncEnumerable<Sample> Forever([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new("bob", null, DayOfWeek.Monday, null);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private sealed record Half(int Done, int Wanted);

    private sealed record Sample(string Name, TimeSpan? RoundTrip, DayOfWeek Day, string? Nothing);
}
