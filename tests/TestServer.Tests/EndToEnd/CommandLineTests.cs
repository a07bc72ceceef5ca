using ChittyChat.TestServer.Commands;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Tests.EndToEnd;

public sealed class CommandLineTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task The_list_has_every_scenario_with_its_sentence()
    {
        Assert.Equal(0, await RunAsync("list"));
        Assert.Contains("first-contact       A newcomer needs one address;", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ScriptLibrary.OfProgram.Shipped().Count, _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_script_that_does_not_exist_could_not_run()
    {
        Assert.Equal(2, await RunAsync("run", "first-contct"));
        Assert.Contains("There is no script 'first-contct'; did you mean 'first-contact'?", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_with_mistakes_could_not_run()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "scenario \"s\"\npeers alice\nbob: hi\n");
        Assert.Equal(2, await RunAsync("run", file));
        Assert.Contains($"{file}:3:1: 'bob' is no peer of this scenario; there are alice", _error.ToString(), StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("--as", "alice", "needs --attach")]
    [InlineData("--set", "x", "--set is 'x'; name=value is expected.")]
    public async Task A_wrong_option_is_explained(string option, string value, string message)
    {
        Assert.Equal(2, await RunAsync("run", "three-peers", option, value == "alice" ? "alice=bob" : value));
        Assert.Contains(message, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Required command was not provided. Try --help.")]
    [InlineData("Unrecognized command or argument 'rn'. Try --help.", "rn")]
    [InlineData("Required argument 'script' missing for command: 'run'. Try run --help.", "run")]
    [InlineData("There is no option '--plane'. Try run --help.", "run", "three-peers", "--plane")]
    [InlineData("--start-timeout is '0'; seconds from 1 to 3600 are expected. Try run --help.", "run", "three-peers", "--start-timeout", "0")]
    [InlineData("--attach is 'here'; an address such as http://localhost:5000 is expected. Try run --help.", "run", "three-peers", "--attach", "here")]
    [InlineData("--set says twice what 'text' is.", "run", "three-peers", "--set", "text=a", "--set", "text=b")]
    public async Task A_wrong_command_line_is_told_in_one_line_and_could_not_run(string message, params string[] arguments)
    {
        Assert.Equal(2, await RunAsync(arguments));
        Assert.Equal((message + "\n", ""), (_error.ToString(), _output.ToString()));
    }

    [Fact]
    public async Task Help_is_no_mistake()
    {
        Assert.Equal(0, await RunAsync("run", "--help"));
        Assert.Contains("--attach <url>", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_record_cannot_be_checked()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{}\n");
        Assert.Equal(2, await RunAsync("check", file));
        Assert.Contains($"{file}:1: this is no event of a run", _error.ToString(), StringComparison.Ordinal);
        File.Delete(file);
    }

    private Task<int> RunAsync(params string[] arguments) => TestCommandLine.RunAsync(arguments, _output, _error, CancellationToken.None);
}
