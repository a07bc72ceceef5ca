using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>A peer as a process of its own, with its streams in the hands of the test. Killed when disposed.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();
    private readonly string _name;

    private PeerProcess(Process process, string name)
    {
        (_process, _name) = (process, name);
        process.OutputDataReceived += (_, line) => Receive(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Receive(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IReadOnlyCollection<string> Output => _output;

    public IReadOnlyCollection<string> Error => _error;

    /// <summary>Starts a peer with these arguments; the environment has nothing of the test's own.</summary>
    public static PeerProcess Start(params string[] arguments) => StartIn([], arguments);

    public static PeerProcess StartIn(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ChittyChat.Peer.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        var name = Array.IndexOf(arguments, "--name") is >= 0 and var at ? arguments[at + 1] : "a peer";
        return new PeerProcess(process, name);
    }

    public void Write(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Waits for the next line of either stream that contains <paramref name="part"/>; lines before it are skipped for good.</summary>
    public async Task<string> SeesAsync(string part)
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            while (true)
            {
                var line = await _unread.Reader.ReadAsync(timeout.Token);
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException($"{_name} did not print '{part}'. It printed:\n{Everything()}", e);
        }
    }

    /// <summary>Waits until the peer listens, and gives what it says about that.</summary>
    public async Task<(string Gossip, string Grpc, Uri Http)> ListensAsync()
    {
        var line = await SeesAsync(" listens: gossip ");
        var words = line[line.IndexOf("gossip ", StringComparison.Ordinal)..].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return (words[1], words[3], new Uri(words[5]));
    }

    public Task<string> JoinedAsync() => SeesAsync($"Participant {_name} joined Chitty-Chat at Lamport time ");

    /// <summary>Waits for the end, and gives the exit code; both streams are read to their ends.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
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
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
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
