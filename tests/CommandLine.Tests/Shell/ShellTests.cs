namespace ChittyChat.CommandLine.Tests.Shell;

public sealed class ShellTests
{
    private readonly Session _session = new();

    [Fact]
    public async Task Output_and_errors_are_written_as_lines()
    {
        await _session.Lines("! printf 'one\\ntwo'; echo three >&2");
        Assert.Equal(["one", "two"], _session.Output.Lines);
        Assert.Equal(["three"], _session.Output.Errors);
    }

    [Fact]
    public async Task An_exit_code_is_a_failure_with_that_code() =>
        Assert.Equal("exit 3: exit code 3", await _session.Fails("! exit 3", 3));

    [Fact]
    public async Task Variables_are_in_the_environment_and_cannot_become_commands()
    {
        _session.Interpreter.Variables.Set("last", "\"; echo hacked; '");
        Assert.Equal(["<\"; echo hacked; '>"], await _session.Lines("! echo \"<$last>\""));
    }

    [Fact]
    public async Task Lines_come_while_the_command_still_runs()
    {
        using var source = new CancellationTokenSource();
        var running = _session.Run("! echo begun; sleep 1000", source.Token);
        await _session.Output.LineWith("begun");
        Assert.False(running.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(ExitCodes.Cancelled, (await running).ExitCode);
    }

    [Fact]
    public async Task Cancelling_kills_the_whole_tree()
    {
        using var source = new CancellationTokenSource();
        var running = _session.Run("! sh -c 'echo $$; sleep 1000; true'; true", source.Token);
        await Until.True(() => _session.Output.Lines.Length == 1, "the inner shell says its id");
        await source.CancelAsync();
        await running;
        var id = _session.Output.Lines[0];
        await Until.True(() => !Directory.Exists($"/proc/{id}") || File.ReadAllText($"/proc/{id}/stat").Contains(") Z", StringComparison.Ordinal), "the inner shell is gone");
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_killed()
    {
        var running = _session.Run("! --timeout 5s echo begun; sleep 1000");
        await _session.Output.LineWith("begun");
        _session.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(
            new CommandOutcome(ExitCodes.TimedOut, "echo begun; sleep 1000: killed after 5s", "--timeout allows more."), await running);
    }

    [Fact]
    public async Task A_command_that_leaves_something_running_ends_all_the_same()
    {
        var running = _session.Run("! sleep 20 & echo $!");
        await Until.True(() => _session.Output.Lines.Length == 1, "the shell says the id of what it left");
        await Until.True(() => running.IsCompleted || Advanced(), "the command ends");
        Assert.True((await running).Succeeded);
        await new Session().Lines($"! kill {_session.Output.Lines[0]}");
    }

    [Fact]
    public async Task A_command_that_reads_finds_the_end_of_its_input() => Assert.Equal(["0"], await _session.Lines("! cat | wc -c | tr -d ' '"));

    [Fact]
    public async Task Endless_output_is_cut()
    {
        await _session.Lines("! seq 20000");
        Assert.Equal(10_000, _session.Output.Lines.Length);
        Assert.Equal(["… only the first 10000 lines are shown"], _session.Output.Errors);
    }

    [Fact]
    public async Task With_json_there_is_one_document()
    {
        Assert.Equal(4, (await _session.Run("/shell --json echo a; echo b >&2; exit 4")).ExitCode);
        Assert.Equal(["{\"exitCode\":4,\"output\":[\"a\"],\"errors\":[\"b\"],\"isCut\":false}"], _session.Output.Lines);
        Assert.Empty(_session.Output.Errors);
    }

    [Fact]
    public async Task With_json_a_command_that_is_killed_is_one_document_too()
    {
        var running = _session.Run("/shell --json --timeout 5s echo begun; sleep 1000");
        await Until.True(() => _session.Time.ArmedTimers > 0, "the time-out begins");
        _session.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ExitCodes.TimedOut, (await running).ExitCode);
        Assert.Equal(["{\"error\":\"echo begun; sleep 1000: killed after 5s\",\"hint\":\"--timeout allows more.\",\"exitCode\":124}"], _session.Output.Lines);
    }

    private bool Advanced()
    {
        _session.Time.Advance(TimeSpan.FromMilliseconds(100));
        return false;
    }
}
