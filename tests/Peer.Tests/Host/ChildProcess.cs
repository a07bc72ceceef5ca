using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>One of our programs as a process of its own, with its streams in the hands of the test. Killed when disposed.</summary>
internal class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();
    private readonly List<string> _passed = [];
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();

    /// <param name="assembly">The program, which lies beside the tests.</param>
    /// <param name="name">What the test calls it.</param>
    /// <param name="environment">Added to that of the test.</param>
    /// <param name="arguments">Its command line.</param>
    protected ChildProcess(string assembly, string name, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        _name = name;
        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        _process.OutputDataReceived += (_, line) => Receive(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Receive(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Output => _output;

    public IReadOnlyCollection<string> Error => _error;

    protected int Id => _process.Id;

    public void Write(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>
    /// Waits for a line of either stream that contains <paramref name="part"/>, and takes it: the next wait for the same is for another line. The order of
    /// the lines does not matter, as the host's own log is written by a thread of its own.
    /// </summary>
    public async Task<string> SeesAsync(string part)
    {
        while (true)
        {
            if (_passed.FindIndex(line => line.Contains(part, StringComparison.Ordinal)) is >= 0 and var index)
            {
                var found = _passed[index];
                _passed.RemoveAt(index);
                return found;
            }

            _passed.Add(await NextLineAsync(part));
        }
    }

    /// <summary>Waits for a line with each of <paramref name="parts"/>.</summary>
    public async Task SeesAllAsync(params string[] parts)
    {
        foreach (var part in parts)
        {
            await SeesAsync(part);
        }
    }

    /// <summary>Waits for the end, and gives the exit code; both streams are read to their ends.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{_name} did not end. It printed:\n{Everything()}", e);
        }

        return _process.ExitCode;
    }

    /// <summary>Sends a signal, such as TERM, KILL, STOP or CONT.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> NextLineAsync(string wanted)
    {
        using var timeout = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        try
        {
            return await _unread.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{_name} did not print '{wanted}'. It printed:\n{Everything()}", e);
        }
    }

    private string Everything() => string.Join('\n', _output.Concat(_error.Select(line => $"(error) {line}")));

    private void Receive(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
            _unread.Writer.TryWrite(line);
        }
    }
}
