using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Tests.Options;

public sealed class PeerCommandLineTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public void Options_become_configuration_under_their_keys()
    {
        var settings = Read("--name", "alice", "--grpc-port=5001", "--bootstrap", "http://localhost:5000", "--plain");

        Assert.Equal(
            [("GRPC_PORT", "5001"), ("Peer:Name", "alice"), ("Peer:Plain", "True"), ("services:bootstrap:http:0", "http://localhost:5000")],
            settings!.Select(setting => (setting.Key, setting.Value!)).OrderBy(setting => setting.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Without_options_nothing_is_set() => Assert.Empty(Read()!);

    [Theory]
    [InlineData("Unrecognized command or argument '--nmae'. Try --help.", "--nmae", "alice")]
    [InlineData("Unrecognized command or argument 'alice'. Try --help.", "alice")]
    [InlineData("Required argument missing for option: '--name'. Try --help.", "--name")]
    [InlineData("Option '--name' expects a single argument but 2 were provided. Try --help.", "--name", "alice", "--name", "bob")]
    public void A_wrong_command_line_gets_one_line_and_the_code_for_bad_usage(string complaint, params string[] arguments)
    {
        var (settings, exitCode) = new PeerCommandLine().Read(arguments, _output, _error);

        Assert.Null(settings);
        Assert.Equal(ExitCode.BadUsage, exitCode);
        Assert.Equal(complaint + Environment.NewLine, _error.ToString());
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public void Help_explains_every_option_with_default_and_variable_and_every_exit_code()
    {
        Assert.Null(Read("--help"));

        var help = _output.ToString();
        foreach (var setting in PeerSettings.All)
        {
            var line = Assert.Single(help.Split('\n'), line => line.StartsWith($"  {setting.Option} ", StringComparison.Ordinal));
            Assert.Contains("Default: ", line, StringComparison.Ordinal);
            Assert.Contains($"[{setting.Variable}]", line, StringComparison.Ordinal);
        }

        foreach (var code in Enum.GetValues<ExitCode>())
        {
            Assert.Single(help.Split('\n'), line => line.StartsWith($"  {(int)code}  ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Version_is_one_line_on_standard_output()
    {
        Assert.Null(Read("--version"));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", _output.ToString());
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private IReadOnlyDictionary<string, string?>? Read(params string[] arguments)
    {
        var (settings, exitCode) = new PeerCommandLine().Read(arguments, _output, _error);
        Assert.Empty(_error.ToString());
        Assert.Equal(ExitCode.Left, exitCode);
        return settings;
    }
}
