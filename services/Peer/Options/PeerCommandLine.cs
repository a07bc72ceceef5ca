using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ChittyChat.Peer.Options;

/// <summary>Turns arguments into configuration, which outweighs the environment; answers <c>--help</c> and <c>--version</c>.</summary>
internal sealed class PeerCommandLine
{
    private const string Description = """
        A peer of Chitty-Chat: client and server of a chat that has no server.
          In a terminal, a line is published when you press Enter; /help lists the commands, Tab completes, /quit leaves.
          Otherwise the same lines are read from standard input, and the chat log is written to standard output.
        """;

    private const string AfterOptions = """
        Environment:
          An option can also be set by the variable in brackets; the command line outweighs it.
          OTEL_EXPORTER_OTLP_ENDPOINT  Where to send traces, metrics and logs. Default: nowhere.
          Control__Token               Secret of POST /control/crash on the HTTP port. Default: none, then there is no such path.
          AspireDashboard__Url         Where the Aspire dashboard is, for links to traces. Default: none.
          NO_COLOR                     No colours when set to anything.

        Exit codes:
          0  left as told to: /quit, Ctrl-D, SIGTERM
          1  unexpected error
          2  bad usage: an option or a variable is wrong
          3  the name is taken by a running member
          4  an address or port could not be bound, or the log could not be opened
          5  none of the members given by --join answered within --join-timeout
          With --quit-at-eof, if nothing else is wrong: that of the first line of the input that failed (1, 2, 124 for a time-out).

        Examples:
          ChittyChat.Peer --name alice --gossip-port 7946
          ChittyChat.Peer --name bob --join 127.0.0.1:7946
          ChittyChat.Peer --name carol --bootstrap http://localhost:5000
          echo "/members --json" | ChittyChat.Peer --join 127.0.0.1:7946 --quit-at-eof
        """;

    private readonly RootCommand _root = new(Description);
    private readonly List<(Setting Setting, Option Option)> _options = [];

    public PeerCommandLine()
    {
        foreach (var setting in PeerSettings.All)
        {
            var description = $"{setting.Description} [{setting.Variable}]";
            Option option = setting.Value is null
                ? new Option<bool>(setting.Option) { Description = description }
                : new Option<string>(setting.Option) { Description = description, HelpName = setting.Value };
            _options.Add((setting, option));
            _root.Options.Add(option);
        }

        var help = _root.Options.OfType<HelpOption>().Single();
        help.Action = new FullHelp((SynchronousCommandLineAction)help.Action!);
    }

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">As given to the process.</param>
    /// <param name="output">Where help and version go.</param>
    /// <param name="error">Where a complaint goes, in one line.</param>
    /// <returns>The settings by configuration key; or null and the exit code when there is nothing left to do.</returns>
    public (IReadOnlyDictionary<string, string?>? Settings, ExitCode ExitCode) Read(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var parsed = _root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"{parsed.Errors[0].Message} Try --help.");
            return (null, ExitCode.BadUsage);
        }

        if (parsed.Action is not null)
        {
            parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
            return (null, ExitCode.Left);
        }

        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (setting, option) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
            {
                settings[setting.Key] = result.Tokens is [var token] ? token.Value : bool.TrueString;
            }
        }

        return (settings, ExitCode.Left);
    }

    private sealed class FullHelp(SynchronousCommandLineAction options) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var result = options.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(AfterOptions);
            return result;
        }
    }
}
