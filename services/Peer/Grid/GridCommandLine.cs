using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ChittyChat.Peer.Grid;

/// <summary>Reads the arguments that follow <c>grid</c>.</summary>
internal sealed class GridCommandLine
{
    /// <summary>The environment variable for a master that passes three arguments and no more.</summary>
    public const string PeerPortBaseVariable = "Peer__GridPeerPortBase";

    private const string Description = """
        One server of a grid: a chat room that a master drives, with one TCP connection to each server.
          The protocol is that of the Cornell CS 5414 chat room lab; docs/grid.md describes it.
        """;

    private const string AfterOptions = """
        Commands of the master, one per line:
          alive             answered by "alive 0,1,2": the ids of the servers believed alive
          get               answered by "messages m1,m2,...": the whole log, in the order in which the messages came
          broadcast <text>  sent to all servers that are alive, and to this one; not answered
          crash             ends the server at once

        Exit codes:
          0  the master said crash; or Ctrl-C, or SIGTERM
          1  the master has closed its connection, or an argument has a value that it may not have, or an unexpected error
          2  an argument is missing, or one too many
          4  a port could not be opened

        Example:
          ChittyChat.Peer grid 0 3 10000
        """;

    private readonly Argument<string> _id = new("id") { Description = "Id of this server: 0 or more, and less than n." };
    private readonly Argument<string> _size = new("n") { Description = "How many servers there are at most, 1 to 65535. Not all of them have to run." };

    private readonly Argument<string> _masterPort = new("masterPort")
    {
        Description = $"TCP port for the master, {GridRules.LowestMasterPort} to 65535, on 127.0.0.1.",
    };

    private readonly Option<string> _peerPortBase = new("--peer-port-base")
    {
        Description = $"Server i listens for the other servers on TCP port N + i; the same for all of them. 3000 for a grid with servers of the Go "
            + $"implementation. Default: {GridRules.DefaultPeerPortBase}. [{PeerPortBaseVariable}]",
        HelpName = "N",
    };

    private readonly RootCommand _root = new();

    private GridCommandLine()
    {
        _root.Subcommands.Add(new Command("grid", Description) { _id, _size, _masterPort, _peerPortBase });
        var help = _root.Options.OfType<HelpOption>().Single();
        help.Action = new FullHelp((SynchronousCommandLineAction)help.Action!);
    }

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">As given to the process, with the leading <c>grid</c>.</param>
    /// <param name="peerPortBase">The value of <see cref="PeerPortBaseVariable"/>, or null.</param>
    /// <param name="output">Where help goes.</param>
    /// <param name="error">Where a complaint goes, in one line.</param>
    /// <returns>The options; or null and the exit code when there is nothing left to do.</returns>
    public static (GridOptions? Options, GridExitCode ExitCode) Read(
        IReadOnlyList<string> arguments, string? peerPortBase, TextWriter output, TextWriter error)
    {
        // What masters pass, three numbers, is read without the parser: that one has to be loaded and compiled first.
        return arguments is [_, var id, var size, var masterPort] && IsNumber(id) && IsNumber(size) && IsNumber(masterPort)
            ? Validate(id, size, masterPort, null, peerPortBase, error)
            : new GridCommandLine().Parse(arguments, peerPortBase, output, error);
    }

    private (GridOptions? Options, GridExitCode ExitCode) Parse(
        IReadOnlyList<string> arguments, string? peerPortBase, TextWriter output, TextWriter error)
    {
        var parsed = _root.Parse(arguments);
        if (parsed.Action is FullHelp)
        {
            return (null, (GridExitCode)parsed.Invoke(new InvocationConfiguration { Output = output, Error = error }));
        }

        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"{Complaint(parsed)} Usage: grid <id> <n> <masterPort>. Try grid --help.");
            return (null, GridExitCode.BadUsage);
        }

        return Validate(
            parsed.GetValue(_id)!, parsed.GetValue(_size)!, parsed.GetValue(_masterPort)!, parsed.GetValue(_peerPortBase), peerPortBase, error);
    }

    private static string Complaint(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().FirstOrDefault(argument => argument.Tokens.Count == 0) is { } missing
            ? $"<{missing.Argument.Name}> is missing."
            : parsed.Errors[0].Message;

    private static bool IsNumber(string text) => !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static int Number(string text, string name, int min, int max, string meaning) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name} is '{text}'; it has to be {meaning}, {min} to {max}.");

    private static (GridOptions? Options, GridExitCode ExitCode) Validate(
        string id, string size, string masterPort, string? portOption, string? portVariable, TextWriter error)
    {
        try
        {
            return (Validate(id, size, masterPort, portOption, portVariable), GridExitCode.Ended);
        }
        catch (FormatException e)
        {
            error.WriteLine($"{e.Message} Try grid --help.");
            return (null, GridExitCode.Failed);
        }
    }

    private static GridOptions Validate(string id, string size, string masterPort, string? portOption, string? portVariable)
    {
        const int MaxPort = ushort.MaxValue;
        var servers = Number(size, "<n>", 1, MaxPort, "the most servers that there can be");
        var server = Number(id, "<id>", 0, servers - 1, "the id of this server, less than <n>");
        var master = Number(masterPort, "<masterPort>", GridRules.LowestMasterPort, MaxPort, "a TCP port (those below are for the servers)");
        var first = portOption is not null ? Number(portOption, "--peer-port-base", 1, MaxPort, "a TCP port")
            : string.IsNullOrEmpty(portVariable) ? GridRules.DefaultPeerPortBase
            : Number(portVariable, PeerPortBaseVariable, 1, MaxPort, "a TCP port");
        if (first + servers - 1 > MaxPort)
        {
            throw new FormatException(
                $"{first} and the {servers - 1} ports after it are for the {servers} servers, and ports end at {MaxPort}: choose a lower --peer-port-base.");
        }

        return master >= first && master < first + servers
            ? throw new FormatException(
                $"<masterPort> {master} is the port of server {master - first} for the others: choose another one, or another --peer-port-base than {first}.")
            : new GridOptions(server, servers, master, first);
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
