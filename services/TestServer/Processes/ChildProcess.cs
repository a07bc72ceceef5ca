using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Processes;

/// <summary>
/// A process of a run; its output goes to a file of the run's directory. Its standard input stays open as long as the coordinator lives. Killed when disposed, and by the guard when there is
/// nobody left to dispose it.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int RememberedLines = 8;

    // A process that it has started itself may keep its output open.
    private static readonly TimeSpan LastOutputTime = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<string> _newest = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;
    private readonly ProcessGuard? _guard;
    private readonly Task<int> _exit;

    /// <param name="name">For messages.</param>
    /// <param name="program">What to start: an assembly, an executable, or the name of one on the PATH.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Added to the coordinator's own.</param>
    /// <param name="logFile">Where its output goes.</param>
    /// <param name="readyLine">Part of the line with which it says that it is ready; null for none.</param>
    /// <param name="guard">Kills it when the coordinator is gone; null for a process that ends by itself then.</param>
    /// <exception cref="StageException">It cannot be started.</exception>
    public ChildProcess(
        string name, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string logFile, string? readyLine = null,
        ProcessGuard? guard = null)
    {
        (_name, _guard) = (name, guard);
        var isAssembly = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isAssembly ? "dotnet" : program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in isAssembly ? arguments.Prepend(program) : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var inherited in OwnSettings(start.Environment.Keys))
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        // Several processes of the same peer share a log.
        _log = new StreamWriter(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Receive(line.Data, readyLine);
        _process.ErrorDataReceived += (_, line) => Receive(line.Data, readyLine);
        _process.Exited += (_, _) => _exited.TrySetResult();
        try
        {
            _process.Start();
        }
        catch (Win32Exception e)
        {
            _log.Dispose();
            _process.Dispose();
            throw new StageException($"{name} cannot be started ({start.FileName}): {e.Message}");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Id = _process.Id;
        guard?.Began(Id);
        _exit = ObserveAsync();
    }

    public int Id { get; }

    public bool HasExited => _exit.IsCompleted;

    /// <summary>Whether it was told to end.</summary>
    public bool MayEnd { get; set; }

    /// <summary>Whether a signal has stopped it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The last that it said, for messages about its end.</summary>
    public string LastWords => _newest.IsEmpty ? "it said nothing" : string.Join(" | ", _newest);

    /// <summary>Completes when it has said that it is ready.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Writes to its standard input, and closes it.</summary>
    public async Task FeedAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        _process.StandardInput.Close();
    }

    /// <summary>Waits for its end, and gives the exit code.</summary>
    public Task<int> ExitAsync(CancellationToken cancellationToken) => _exit.WaitAsync(cancellationToken);

    /// <summary>SIGKILL; returns when it is gone.</summary>
    public async Task KillAsync()
    {
        MayEnd = true;
        if (!HasExited)
        {
            _process.Kill();
        }

        await _exit;
        IsStopped = false;
    }

    /// <summary>Sends TERM, STOP or CONT.</summary>
    /// <exception cref="StageException">It is not there any more.</exception>
    public async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        MayEnd |= signal == "TERM";
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
        if (kill.ExitCode != 0)
        {
            throw new StageException($"{_name} could not be sent SIG{signal}: its process has ended");
        }

        IsStopped = signal == "STOP" || (IsStopped && signal != "CONT");
    }

    /// <summary>Lets it go on if it was stopped and is still there.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (IsStopped && !HasExited ? SignalAsync("CONT", cancellationToken) : Task.CompletedTask);
        }
        catch (StageException)
        {
            // It has just ended.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        lock (_gate)
        {
            _log.Dispose();
        }
    }

    // What tells the coordinator how to run must not tell its children.
    private static string[] OwnSettings(IEnumerable<string> keys) =>
    [
        .. keys.Where(key => key.StartsWith("Peer__", StringComparison.OrdinalIgnoreCase) || key.StartsWith("services__", StringComparison.OrdinalIgnoreCase)
            || key.StartsWith("OTEL_", StringComparison.Ordinal) || key.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || key.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
            || key is "GRPC_PORT"),
    ];

    private async Task<int> ObserveAsync()
    {
        await _exited.Task;
        _guard?.Ended(Id);
        using var timeout = new CancellationTokenSource(LastOutputTime, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // Its output is still open, in somebody else's hands.
        }

        return _process.ExitCode;
    }

    private void Receive(string? line, string? readyLine)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_log.BaseStream is { CanWrite: true })
            {
                _log.WriteLine(line);
            }
        }

        _newest.Enqueue(line.Trim());
        while (_newest.Count > RememberedLines)
        {
            _newest.TryDequeue(out _);
        }

        if (readyLine is not null && line.Contains(readyLine, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
