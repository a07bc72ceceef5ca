namespace ChittyChat.CommandLine.Tests.Plain;

public sealed class PlainFrontEndTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _errors = new() { NewLine = "\n" };

    [Fact]
    public async Task Lines_run_one_after_the_other_and_the_first_failure_is_the_exit_code()
    {
        Assert.Equal(3, await RunAsync("/echo one\n\n# no\n! exit 3\nhello\n/nobody\n/echo two"));
        Assert.Equal("one\npublished hello\ntwo\n", _output.ToString());
        Assert.Equal("exit 3: exit code 3\nthere is no command \"nobody\". /help lists the commands.\n", _errors.ToString());
    }

    [Fact]
    public async Task It_can_stop_at_the_first_failure()
    {
        Assert.Equal(2, await RunAsync("/nobody\n/echo two", stop: true));
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task All_well_is_exit_code_0_and_json_is_exact()
    {
        Assert.Equal(0, await RunAsync("/members --json\n"));
        Assert.Equal("[{\"name\":\"bob\",\"state\":\"alive\"},{\"name\":\"e\\u001Bve\",\"state\":\"dead\"}]\n", _output.ToString());
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public async Task No_escape_code_gets_out()
    {
        Assert.Equal(1, await RunAsync("/members\n/echo a\u001b[31mb\u009b\tc\n/bad \u001b[0m"));
        Assert.Equal("name  state\nbob   alive\ne\uFFFDve  dead\na\uFFFD[31mb\uFFFD\tc\n", _output.ToString());
        Assert.Equal("\uFFFD[0m\n", _errors.ToString());
    }

    [Fact]
    public async Task Cancelling_ends_it_even_while_it_waits_for_a_line()
    {
        using var source = new CancellationTokenSource();
        var running = new PlainFrontEnd(new(new CommandRegistry())).RunAsync(new EndlessReader(), _output, _errors, source.Token);
        Assert.False(running.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(ExitCodes.Cancelled, await running.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private async Task<int> RunAsync(string lines, bool stop = false)
    {
        var registry = new CommandRegistry();
        registry.AddStandardCommands();
        registry.Register("members", "List the members", () => new[] { new Member("bob", "alive"), new Member("e\u001bve", "dead") });
        registry.Register("bad", "Fail", void (string why) => throw new CommandException(why));
        var interpreter = new CommandInterpreter(registry)
        {
            Text = (text, context, _) =>
            {
                context.Write($"published {text}");
                return Task.CompletedTask;
            },
        };
        return await new PlainFrontEnd(interpreter) { StopAtFailure = stop }
            .RunAsync(new StringReader(lines), _output, _errors).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed record Member(string Name, string State);

    private sealed class EndlessReader : TextReader
    {
        public override ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken) => new(new TaskCompletionSource<string?>().Task);
    }
}
