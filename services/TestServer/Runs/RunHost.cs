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
internal sealed class RunHost(
    RunHostOptions options, AttendanceHub hub, ServicePorts ports, ProcessGuard guard, TimeProvider time, ILogger<RunHost> logger) : IAsyncDisposable
{
    // Of so many ended runs the record stays in memory; all of them stay on disk.
    private const int RememberedRuns = 50;

    // Each of them has processes of its own.
    private const int MostAtOnce = 16;

    private readonly Lock _gate = new();
    private readonly Lock _choosing = new();
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
    /// <exception cref="StageException">Peers that it needs are not there, or too many runs go on.</exception>
    /// <exception cref="IOException">Its directory cannot be made.</exception>
    public Run Start(RunRequest request)
    {
        if (Runs.Count(run => !run.Report.IsCompleted) >= MostAtOnce)
        {
            throw new StageException(string.Create(CultureInfo.InvariantCulture, $"{MostAtOnce} runs go on already; let one of them end, or cancel it."));
        }

        var started = time.GetUtcNow();
        var record = new RunRecord(time);
        var directory = RunDirectory.Create(options.Directory, request.Name, started);
        var run = new Run($"{request.Name}-{directory.Name}", request.Script, record);
        IStage stage;
        try
        {
            // Nobody else may choose the same peers meanwhile.
            lock (_choosing)
            {
                stage = CreateStage(request, record, directory);
                record.Append(new RunStarted(
                    run.Id, request.Script.Scenario, request.Script.Teaches, [.. request.Script.Cast.Select(stage.NameOf)], HasOwnPeers: !request.UsesAttending, started));
                stage.Take();
            }
        }
        catch (StageException)
        {
            directory.Discard();
            throw;
        }

        run.Begin(token => CarryOutAsync(run, request, stage, directory, token));
        lock (_gate)
        {
            _runs.Add(run);
            if (_runs.Count > RememberedRuns && _runs.Find(old => old.Report.IsCompleted) is { } oldest)
            {
                _runs.Remove(oldest);
            }
        }

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
        ? AttendingStage.Of(request.Script, request.Cast, hub, record, time)
        : new OwnStage(request.Script, hub, record, new OwnStageOptions(options.Programs, () => ports.Grpc, directory.Path, options.StartTimeout, guard), time);

    private async Task<RunReport> CarryOutAsync(Run run, RunRequest request, IStage stage, RunDirectory directory, CancellationToken cancellationToken)
    {
        logger.RunBegins(run.Id, run.Script.Scenario);
        var writing = WriteRecordAsync(request, run.Record, directory);
        try
        {
            await new ScriptRunner(request.Script, request.Variables, stage, run.Record, options.StartTimeout, time).RunAsync(cancellationToken);
        }
        catch (Exception e)
        {
            logger.RunBroke(run.Id, e);
            run.Record.Append(new RunEnded(Verdict.CouldNotRun, [string.Create(CultureInfo.InvariantCulture, $"an unexpected error of the coordinator: {e.Message}")]));
        }
        finally
        {
            await stage.DisposeAsync();
        }

        var report = RunReport.Of(run.Record.Read().Entries, directory.Path);
        try
        {
            await writing;
            await directory.WriteAsync(RunDirectory.JUnitFile, JUnitReport.Write(report));
            await directory.WriteAsync(RunDirectory.SummaryFile, string.Join('\n', report.Describe()) + "\n");
            directory.BecomeLatest();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report = report with { Verdict = Verdict.CouldNotRun, Failures = [.. report.Failures, $"the results could not be written: {e.Message}"] };
        }

        logger.RunEnds(run.Id, report.Verdict, directory.Path);
        return report;
    }

    private static async Task WriteRecordAsync(RunRequest request, RunRecord record, RunDirectory directory)
    {
        await directory.WriteAsync(RunDirectory.ScriptFile, request.Text);
        await RecordFile.WriteAsync(directory.PathOf(RunDirectory.RecordFile), record, CancellationToken.None);
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
