using System.Text.Json;
using ChittyChat.CommandLine;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Options;
using ChittyChat.Peer.Registry;
using Grpc.Core;
using Grpc.Net.Client;
using Meaning = ChittyChat.CommandLine.Meaning;

namespace ChittyChat.Peer.Testing;

/// <summary>Scripted tests over many peers, started from here.</summary>
[CommandGroup("test", "scripted tests over many peers, at the test server")]
internal sealed class TestCommands(PeerOptions options) : ICommandSet
{
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(3);

    public void Register(CommandRegistry registry) => registry.RegisterFrom(this);

    [Command("test run", "Run a script at the test server, and wait for its verdict")]
    [Example("/test run first-contact", "with peers that the test server starts, in a cluster of their own")]
    [Example("/test run who-is-there.chat --attending", "a script of your own, with this peer and others that attend the test server")]
    public async Task RunAsync(
        CommandContext context,
        [Argument("script", "Name of a shipped script, or a file")] string script,
        [Option("--attending", "Play it with the peers that attend the test server")] bool attending = false,
        CancellationToken cancellationToken = default)
    {
        using var channel = Open();
        var client = new TestCoordinator.TestCoordinatorClient(channel);
        // Who is not at this peer's own prompt may not read files of its machine, and what a file says would come back as mistakes of a script.
        var mayRead = context.Interpreter.Refuse is null;
        var request = mayRead && File.Exists(script) ? new StartRunRequest { Text = await ReadAsync(script, cancellationToken), File = script } : new StartRunRequest { Name = script };
        request.Peers = attending ? RunPeers.Attending : RunPeers.Own;
        string? id = null;
        try
        {
            id = (await client.StartRunAsync(request, cancellationToken: cancellationToken)).RunId;
            using var watching = client.WatchRun(new WatchRunRequest { RunId = id }, cancellationToken: cancellationToken);
            await foreach (var update in watching.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (update.Ended is { } end)
                {
                    Report(context, end);
                    return;
                }

                if (FailureIn(update.EventJson) is { } failure)
                {
                    context.Write(new StyledText(failure, Meaning.Error));
                }
            }

            throw new CommandException("the test server did not say how the run has ended");
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            if (id is not null)
            {
                await CancelAsync(client, id, context.Time);
            }

            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException e)
        {
            throw Refused(e);
        }
    }

    [Command("test list", "List the scripts that the test server has")]
    [Example("/test list", "each with a sentence that says what it teaches")]
    public async Task<IReadOnlyList<ScriptRow>> ListAsync(CancellationToken cancellationToken)
    {
        using var channel = Open();
        try
        {
            var list = await new TestCoordinator.TestCoordinatorClient(channel).ListScriptsAsync(new ListScriptsRequest(), cancellationToken: cancellationToken);
            return [.. list.Scripts.Select(script => new ScriptRow(script.Name, script.Teaches))];
        }
        catch (RpcException e)
        {
            throw Refused(e);
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the script cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static async Task CancelAsync(TestCoordinator.TestCoordinatorClient client, string id, TimeProvider time)
    {
        using var timeout = new CancellationTokenSource(CancelTimeout, time);
        try
        {
            await client.CancelRunAsync(new CancelRunRequest { RunId = id }, cancellationToken: timeout.Token);
        }
        catch (RpcException)
        {
            // The test server is gone, and with it the run; or it hangs.
        }
    }

    private static void Report(CommandContext context, RunEnd end)
    {
        foreach (var line in end.Summary)
        {
            context.Write(line);
        }

        context.Write(new StyledText($"results at the test server: {end.Directory}", Meaning.Muted));
        if (end.Verdict != RunVerdict.Passed)
        {
            throw new CommandException($"the run has not passed: {end.Verdict.ToString().ToLowerInvariant()}");
        }
    }

    private static string? FailureIn(string json)
    {
        using var document = JsonDocument.Parse(json);
        var happened = document.RootElement.GetProperty("event");
        return happened.GetProperty("event").GetString() == "step-ended" && happened.GetProperty("outcome").GetString() == "failed"
            ? $"line {happened.GetProperty("line").GetInt32()}: {happened.GetProperty("reason").GetString()}"
            : null;
    }

    private static CommandException Refused(RpcException e) => e.StatusCode == StatusCode.Unavailable
        ? new CommandException($"the test server does not answer: {RegistryLease.Reason(e)}")
        : new CommandException(e.Status.Detail.TrimEnd('.'));

    private GrpcChannel Open() => GrpcChannel.ForAddress(
        options.TestServer ?? throw new CommandException("this peer knows no test server", $"Start it with {PeerSettings.TestServer.Option}, or set {PeerSettings.TestServer.Variable}."));

    /// <summary>A script.</summary>
    internal sealed record ScriptRow(string Name, string Teaches);
}
