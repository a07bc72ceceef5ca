using System.Runtime.CompilerServices;
using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using Grpc.Core;
using Grpc.Net.Client;
using Spectre.Console;

namespace ChittyChat.TestServer.Commands;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunCommandOptions(
    IReadOnlyList<string> Scripts, Uri? Attach, IReadOnlyList<string> Cast, IReadOnlyList<string> Variables, bool IsPlain, RunHostOptions Host);

/// <summary><c>run</c>: on a private coordinator with processes of its own, or at a test server with the peers that attend there.</summary>
internal sealed class RunCommand(TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(RunCommandOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var (cast, variables) = (Pairs("--as", options.Cast), Pairs("--set", options.Variables));
            if (cast.Count > 0 && options.Attach is null)
            {
                throw new UsageException("--as says which attending peer plays whom; it needs --attach.");
            }

            var requests = Names(options.Scripts).Select(Load).Select(script => RunRequest.Of(script.File, script.Text, options.Attach is not null, cast, variables)).ToArray();
            return options.Attach is { } address
                ? await AttachAsync(address, requests, options.IsPlain, cancellationToken)
                : await HostAsync(options.Host, requests, options.IsPlain, cancellationToken);
        }
        catch (Exception e) when (e is ScriptException or StageException or UsageException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (RpcException e)
        {
            await error.WriteLineAsync(e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail);
            return 2;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync("Cancelled.");
            return 2;
        }
    }

    private async Task<int> HostAsync(RunHostOptions options, RunRequest[] requests, bool isPlain, CancellationToken cancellationToken)
    {
        await using var app = CoordinatorHost.Create(options, isPrivate: true);
        await app.StartAsync(cancellationToken);
        var runs = app.Services.GetRequiredService<RunHost>();
        var worst = 0;
        foreach (var request in requests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var run = runs.Start(request);
            await using var cancelling = cancellationToken.Register(() => _ = run.CancelAsync());
            var view = View(isPlain);
            // Not cancelled: the run is, and its end is shown.
            await view.ShowAsync(EntriesAsync(run.Record, CancellationToken.None), TimeProvider.System, CancellationToken.None);
            var report = await run.Report;
            view.Summarise(report.Verdict, report.Describe(), report.Directory);
            worst = Math.Max(worst, report.ExitCode);
        }

        await app.StopAsync(CancellationToken.None);
        return worst;
    }

    private async Task<int> AttachAsync(Uri address, RunRequest[] requests, bool isPlain, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new TestCoordinator.TestCoordinatorClient(channel);
        var worst = 0;
        foreach (var request in requests)
        {
            var started = await client.StartRunAsync(
                new StartRunRequest { Text = request.Text, File = request.Name, Peers = RunPeers.Attending, Cast = { request.Cast }, Variables = { request.Variables } }, cancellationToken: cancellationToken);
            await using var cancelling = cancellationToken.Register(() => _ = CancelAsync(client, started.RunId));
            using var watching = client.WatchRun(new WatchRunRequest { RunId = started.RunId }, cancellationToken: CancellationToken.None);
            var view = View(isPlain);
            RunEnd? end = null;
            await view.ShowAsync(EntriesAsync(watching.ResponseStream, last => end = last), TimeProvider.System, CancellationToken.None);
            var verdict = end?.Verdict switch
            {
                RunVerdict.Passed => Verdict.Passed,
                RunVerdict.Failed => Verdict.Failed,
                RunVerdict.Cancelled => Verdict.Cancelled,
                _ => Verdict.CouldNotRun,
            };
            view.Summarise(verdict, end?.Summary ?? [], end?.Directory ?? "");
            worst = Math.Max(worst, RunReport.ExitCodeOf(verdict));
        }

        return worst;
    }

    private static async Task CancelAsync(TestCoordinator.TestCoordinatorClient client, string runId)
    {
        try
        {
            await client.CancelRunAsync(new CancelRunRequest { RunId = runId });
        }
        catch (RpcException)
        {
            // The test server is gone, and with it the run.
        }
    }

    private ProgressView View(bool isPlain)
    {
        // A width that keeps a line a line where nobody looks.
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Interactive = isPlain || Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 1_000;
        }

        return new ProgressView(console);
    }

    private static async IAsyncEnumerable<RunEntry> EntriesAsync(RunRecord record, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = 0;
        while (true)
        {
            var (entries, changed) = record.Read(next);
            next += entries.Length;
            foreach (var entry in entries)
            {
                yield return entry;
                if (entry.Event is RunEnded)
                {
                    yield break;
                }
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static async IAsyncEnumerable<RunEntry> EntriesAsync(IAsyncStreamReader<RunUpdate> updates, Action<RunEnd> end)
    {
        await foreach (var update in updates.ReadAllAsync())
        {
            if (update.Ended is { } ended)
            {
                end(ended);
            }
            else
            {
                yield return RecordFile.Entry(update.EventJson);
            }
        }
    }

    private static IEnumerable<string> Names(IReadOnlyList<string> scripts) =>
        scripts is ["all"] ? ScriptLibrary.OfProgram.Shipped().Select(script => script.Name) : scripts;

    // A file if there is one, else a shipped scenario.
    private static (string File, string Text) Load(string script)
    {
        if (script.StartsWith("--", StringComparison.Ordinal))
        {
            throw new UsageException($"There is no option '{script}'. Try run --help.");
        }

        if (File.Exists(script))
        {
            return (script, File.ReadAllText(script));
        }

        return script.Contains(Path.DirectorySeparatorChar) ? throw new FileNotFoundException($"There is no file '{script}'.") : ScriptLibrary.OfProgram.Read(script);
    }

    private static Dictionary<string, string> Pairs(string option, IReadOnlyList<string> values)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            var equals = value.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"{option} is '{value}'; name=value is expected.");
            }

            if (!pairs.TryAdd(value[..equals], value[(equals + 1)..]))
            {
                throw new UsageException($"{option} says twice what '{value[..equals]}' is.");
            }
        }

        return pairs;
    }

    private sealed class UsageException(string message) : Exception(message);
}
