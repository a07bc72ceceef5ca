using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using ChittyChat.TestServer.Processes;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Commands;

/// <summary>The command line of the coordinator. Exit codes: 0 passed, 1 failed, 2 could not run.</summary>
internal static class TestCommandLine
{
    private const string Description = """
        Scripted tests over many peers of Chitty-Chat. The language of the scripts, and what the checkers check: docs/testing.md.
          Exit codes: 0 passed, 1 failed, 2 could not run (a mistake in the script, a peer that does not start, Ctrl-C).
        """;

    private const int BadUsage = 2;

    // A run that is cancelled lets its peers say goodbye, and writes its results.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Parses and does it.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var parsed = Create(output, error).Parse(arguments);
        if (parsed is { Action: ParseErrorAction, Errors: [.., var mistake] })
        {
            var command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            await error.WriteLineAsync($"{mistake.Message} Try {command}--help.");
            return BadUsage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = EndTimeout }, cancellationToken);
    }

    private static RootCommand Create(TextWriter output, TextWriter error) =>
        new(Description) { Run(output, error), Serve(error), List(output, error), Check(output, error) };

    private static Command Run(TextWriter output, TextWriter error)
    {
        var scripts = new Argument<string[]>("script") { Description = "Files (.chat), or names of the shipped scenarios; 'all' for all of these.", Arity = ArgumentArity.OneOrMore };
        var attach = new Option<Uri?>("--attach")
        {
            Description = "gRPC address of a test server at which peers attend: run there, on those peers. Default: start processes.",
            HelpName = "url",
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                {
                    return address;
                }

                result.AddError($"--attach is '{result.Tokens[0].Value}'; an address such as http://localhost:5000 is expected.");
                return null;
            },
        };
        var cast = new Option<string[]>("--as") { Description = "With --attach: who plays whom, as in --as alice=peer-1. May be repeated.", HelpName = "name=peer" };
        var variables = new Option<string[]>("--set") { Description = "A value that outweighs the script's own 'set'. May be repeated.", HelpName = "name=value" };
        var plain = new Option<bool>("--plain") { Description = "A line for each step, also in a terminal." };
        var (runs, peer, start) = (Runs(), Peer(), StartTimeout());
        var command = new Command("run", "Runs scripts, one after the other, each with peers of its own.") { scripts, attach, cast, variables, plain, runs, peer, start };
        command.SetAction((parsed, token) => new RunCommand(output, error).RunAsync(
            new RunCommandOptions(
                parsed.GetRequiredValue(scripts), parsed.GetValue(attach), parsed.GetValue(cast) ?? [], parsed.GetValue(variables) ?? [], parsed.GetValue(plain),
                new RunHostOptions(parsed.GetRequiredValue(runs), new Programs(parsed.GetValue(peer)), Seconds(parsed.GetValue(start)))),
            token));
        return command;
    }

    private static Command Serve(TextWriter error)
    {
        var (runs, peer, start) = (Runs(), Peer(), StartTimeout());
        var command = new Command("serve", "Hosts the coordinator until it is told to stop: peers attend it (--test-server), drivers start runs (POST /runs/{script}, /test run).") { runs, peer, start };
        command.SetAction(async (parsed, token) =>
        {
            try
            {
                await using var app = CoordinatorHost.Create(
                    new RunHostOptions(parsed.GetRequiredValue(runs), new Programs(parsed.GetValue(peer)), Seconds(parsed.GetValue(start))), isPrivate: false);
                await app.RunAsync(token);
                return 0;
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                await error.WriteLineAsync(e.Message);
                return 2;
            }
        });
        return command;
    }

    private static Command List(TextWriter output, TextWriter error)
    {
        var command = new Command("list", "Lists the shipped scenarios, and what each of them teaches.");
        command.SetAction((_, _) => ListCommand.RunAsync(output, error));
        return command;
    }

    private static Command Check(TextWriter output, TextWriter error)
    {
        var directory = new Argument<string>("run") { Description = "Directory of a run, or its events.jsonl." };
        var command = new Command("check", "Lets the checkers look at the record of a run again.") { directory };
        command.SetAction((parsed, token) => CheckCommand.RunAsync(parsed.GetRequiredValue(directory), output, error, token));
        return command;
    }

    private static Option<string> Runs() => new("--runs")
    {
        Description = $"Where the directories of runs go. Default: {RunHostOptions.DefaultDirectory}.",
        HelpName = "directory",
        DefaultValueFactory = _ => RunHostOptions.DefaultDirectory,
    };

    private static Option<string?> Peer() => new("--peer") { Description = "The peer's program, an executable or a .dll. Default: the one built with this one.", HelpName = "path" };

    private static Option<string?> StartTimeout() => new("--start-timeout")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"How long the processes of a run may take to be ready. Default: {RunHostOptions.DefaultStartTimeout.TotalSeconds:0}."),
        HelpName = "seconds",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 3600))
                {
                    result.AddError($"--start-timeout is '{token.Value}'; seconds from 1 to 3600 are expected.");
                }
            },
        },
    };

    private static TimeSpan Seconds(string? text) =>
        text is null ? RunHostOptions.DefaultStartTimeout : TimeSpan.FromSeconds(int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
}
