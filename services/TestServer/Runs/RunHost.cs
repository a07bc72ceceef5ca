using System.Globalization;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestServer.Attendance;
using ChittyChat.TestServer.Processes;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>How this coordinator runs scripts.</summary>
/// <param name="Directory">Where the records of runs go.</param>
/// <param name="Programs">Where the programs are that runs start.</param>
/// <param name="StartTimeout">How long the processes of a run may take to be ready.</param>
internal sealed record RunHostOptions(string Directory, Programs Programs, TimeSpan StartTimeout)
{
    public const string DefaultDirectory = "runs";

    public static readonly TimeSpan DefaultStartTimeout = TimeSpan.FromSeconds(60);
}

/// <summary>All runs of this coordinator: several at once, each with an id, a record and a directory.</summary>
internal sealed class RunHost(RunHostOptions options, AttendanceHub hub, ServicePorts ports, TimeProvider time, ILogger<RunHost> logger) : IAsyncDisposable
{
    // Of so many ended runs the record stays in memory; all of them stay on disk.
    private const int RememberedRuns = 50;

    private readonly Lock _gate = new();
    private readonly List<Run> _runs = [];

    /// <summary>The runs that are known, oldest first.</summary>
    public IReadOnlyList<Run> Runs
    {
        get
        {
            lock (_gate)
            {
                return [.. _runs];
            }
        }
    }

    /// <summary>The run, or null.</summary>
    public Run? Find(string id)
    {
        lock (_gate)
        {
            return _runs.Find(run => run.Id == id);
        }
    }

    /// <summary>Starts a run.</summary>
    /// <exception cref="StageException">Peers that it needs are not there.</exception>
    public Run Start(RunRequest request)
    {
        var started = time.GetUtcNow();
        var record = new RunRecord(time);
        var directory = RunDirectory.Create(options.Directory, request.Name, started);
        var stage = CreateStage(request, record, directory);
        var run = new Run($"{request.Name}-{directory.Name}", request.Script, record);
        record.Append(new RunStarted(
            run.Id, request.Script.Scenario, request.Script.Teaches, [.. request.Script.Cast.Select(stage.NameOf)], HasOwnPeers: !request.UsesAttending, started));
        lock (_gate)
        {
            _runs.Add(run);
            if (_runs.Count > RememberedRuns && _runs.Find(old => old.Report.IsCompleted) is { } oldest)
            {
                _runs.Remove(oldest);
            }
        }

        run.Begin(token => CarryOutAsync(run, request, stage, directory, token));
        return run;
    }

    /// <summary>Cancels what runs, and waits until its processes are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var run in Runs)
        {
            await run.DisposeAsync();
        }
    }

    // The run owns it, and disposes it when it is over.
    private IStage CreateStage(RunRequest request, RunRecord record, RunDirectory directory) => request.UsesAttending
        ? AttendingStage.Take(request.Script, request.Cast, hub, record)
        : new OwnStage(request.Script, hub, record, new OwnStageOptions(options.Programs, () => ports.Grpc, directory.Path, options.StartTimeout), time);

    private async Task<RunReport> CarryOutAsync(Run run, RunRequest request, IStage stage, RunDirectory directory, CancellationToken cancellationToken)
    {
        logger.RunBegins(run.Id, run.Script.Scenario);
        await directory.WriteAsync(RunDirectory.ScriptFile, request.Text);
        var writing = RecordFile.WriteAsync(directory.PathOf(RunDirectory.RecordFile), run.Record, CancellationToken.None);
        RunEnded ended;
        try
        {
            ended = await new ScriptRunner(request.Script, request.Variables, stage, run.Record, time).RunAsync(cancellationToken);
        }
        catch (Exception e)
        {
            logger.RunBroke(run.Id, e);
            ended = new RunEnded(Verdict.CouldNotRun, [string.Create(CultureInfo.InvariantCulture, $"an unexpected error of the coordinator: {e.Message}")]);
            run.Record.Append(ended);
        }
        finally
        {
            await stage.DisposeAsync();
        }

        await writing;
        var report = RunReport.Of(run.Record.Read().Entries, directory.Path);
        await directory.WriteAsync(RunDirectory.JUnitFile, JUnitReport.Write(report));
        await directory.WriteAsync(RunDirectory.SummaryFile, string.Join('\n', report.Describe()) + "\n");
        directory.BecomeLatest();
        logger.RunEnds(run.Id, report.Verdict, directory.Path);
        return report;
    }
}

/// <summary>One run.</summary>
internal sealed class Run(string id, Script script, RunRecord record) : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private bool _isDisposed;
    private Task<RunReport> _report = Task.FromException<RunReport>(new InvalidOperationException("The run has not begun."));

    public string Id => id;

    public Script Script => script;

    public RunRecord Record => record;

    /// <summary>What came of it, when it is over and its files are written.</summary>
    public Task<RunReport> Report => _report;

    public void Begin(Func<CancellationToken, Task<RunReport>> carryOut) => _report = Task.Run(() => carryOut(_cancel.Token), CancellationToken.None);

    public Task CancelAsync() => _isDisposed ? Task.CompletedTask : _cancel.CancelAsync();

    /// <summary>Cancels it if it still runs, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        // The host ends its runs before its ports close, and the container ends what it owns.
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _cancel.CancelAsync();
        await _report;
        _cancel.Dispose();
    }
}
