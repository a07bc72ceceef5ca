using ChittyChat.Peer.Grid;

namespace ChittyChat.Grid.Tests;

public sealed class ArgumentTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public void Three_numbers_are_all_that_is_needed() =>
        Assert.Equal(new GridOptions(2, 16, 10_002, 20_000), Read(null, "2", "16", "10002"));

    [Fact]
    public void The_option_outweighs_the_variable_and_that_the_default()
    {
        Assert.Equal(3000, Read("21000", "0", "3", "10000", "--peer-port-base", "3000")!.PeerPortBase);
        Assert.Equal(21_000, Read("21000", "0", "3", "10000")!.PeerPortBase);
        Assert.Equal(20_000, Read("", "0", "3", "10000")!.PeerPortBase);
    }

    [Theory]
    [InlineData("<id> is 'x'; it has to be the id of this server, less than <n>, 0 to 2.", "x", "3", "10000")]
    [InlineData("<id> is '3'; it has to be the id of this server, less than <n>, 0 to 2.", "3", "3", "10000")]
    [InlineData("<n> is '0'; it has to be the most servers that there can be, 1 to 65535.", "0", "0", "10000")]
    [InlineData("<n> is '65536'; it has to be the most servers that there can be, 1 to 65535.", "0", "65536", "10000")]
    [InlineData("<masterPort> is '80'; it has to be a TCP port (those below are for the servers), 10000 to 65535.", "0", "3", "80")]
    [InlineData("<masterPort> is '65536'; it has to be a TCP port (those below are for the servers), 10000 to 65535.", "0", "3", "65536")]
    [InlineData("--peer-port-base is '0'; it has to be a TCP port, 1 to 65535.", "0", "3", "10000", "--peer-port-base", "0")]
    [InlineData("65534 and the 2 ports after it are for the 3 servers, and ports end at 65535: choose a lower --peer-port-base.", "0", "3", "10000", "--peer-port-base", "65534")]
    [InlineData("<masterPort> 20002 is the port of server 2 for the others: choose another one, or another --peer-port-base than 20000.", "0", "3", "20002")]
    public void A_value_that_may_not_be_gets_one_line_and_code_1(string complaint, params string[] arguments) =>
        Complains(GridExitCode.Failed, complaint + " Try grid --help.", arguments);

    [Theory]
    [InlineData("<id> is missing.")]
    [InlineData("<n> is missing.", "0")]
    [InlineData("<masterPort> is missing.", "0", "3")]
    [InlineData("Unrecognized command or argument '7'.", "0", "3", "10000", "7")]
    [InlineData("Unrecognized command or argument '--foo'.", "0", "3", "10000", "--foo")]
    [InlineData("Required argument missing for option: '--peer-port-base'.", "0", "3", "10000", "--peer-port-base")]
    public void Too_few_or_too_many_arguments_get_one_line_and_code_2(string complaint, params string[] arguments) =>
        Complains(GridExitCode.BadUsage, complaint + " Usage: grid <id> <n> <masterPort>. Try grid --help.", arguments);

    [Fact]
    public void A_wrong_variable_is_named()
    {
        Assert.Null(GridCommandLine.Read(["grid", "0", "3", "10000"], "many", _output, _error).Options);
        Assert.Equal("Peer__GridPeerPortBase is 'many'; it has to be a TCP port, 1 to 65535. Try grid --help.\n", _error.ToString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_explains_arguments_commands_and_exit_codes(string help)
    {
        var (options, exitCode) = GridCommandLine.Read(["grid", help], null, _output, _error);

        Assert.Null(options);
        Assert.Equal(GridExitCode.Ended, exitCode);
        Assert.Empty(_error.ToString());
        var lines = _output.ToString().Split('\n');
        foreach (var word in new[] { "<id>", "<n>", "<masterPort>", "--peer-port-base <N>", "alive", "get", "broadcast <text>", "crash" })
        {
            Assert.Contains(lines, line => line.StartsWith($"  {word} ", StringComparison.Ordinal));
        }

        foreach (var code in Enum.GetValues<GridExitCode>())
        {
            Assert.Single(lines, line => line.StartsWith($"  {(int)code}  ", StringComparison.Ordinal));
        }
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private GridOptions? Read(string? variable, params string[] arguments)
    {
        var options = GridCommandLine.Read(["grid", .. arguments], variable, _output, _error).Options;
        Assert.Empty(_error.ToString());
        return options;
    }

    private void Complains(GridExitCode code, string complaint, string[] arguments)
    {
        var (options, exitCode) = GridCommandLine.Read(["grid", .. arguments], null, _output, _error);

        Assert.Null(options);
        Assert.Equal(code, exitCode);
        Assert.Equal(complaint + "\n", _error.ToString());
        Assert.Empty(_output.ToString());
    }
}
