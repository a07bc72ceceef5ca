using ChittyChat.TestServer.Commands;

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
        Assert.Equal(13, _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length + 1);
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
