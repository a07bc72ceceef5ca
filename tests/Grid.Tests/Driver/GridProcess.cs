using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ChittyChat.Grid.Tests.Driver;

/// <summary>One server as a process of its own. Killed when disposed.</summary>
internal sealed class GridProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    /// <param name="program">The program and the arguments before those of the server.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="configure">Further changes, or null.</param>
    public GridProcess(IReadOnlyList<string> program, IReadOnlyList<string> arguments, Action<ProcessStartInfo>? configure = null)
    {
        var start = new ProcessStartInfo(program[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in program.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        configure?.Invoke(start);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program[0]} could not be started.");
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Keep("(output) ", line.Data);
        _process.ErrorDataReceived += (_, line) => Keep("", line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The peer that lies beside this program, run by the .NET host.</summary>
    public static IReadOnlyList<string> PeerBesideTests { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "ChittyChat.Peer.dll"), "grid"];

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything that it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Sends SIGKILL, and does not wait for its effect.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends a signal, such as STOP or CONT.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"kill -{signal} {Id} failed.");
        }
    }

    /// <summary>Waits for the end, and gives the exit code.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"Process {Id} did not end. It printed:\n{Output}", e);
        }

        return _process.ExitCode;
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

    private void Keep(string stream, string? line)
    {
        lock (_output)
        {
            _output.Append(line is null ? "" : $"{stream}{line}\n");
        }
    }
}
