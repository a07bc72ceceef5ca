using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ChittyChat.Peer.Control;

/// <summary>Stops the whole process for a time, every thread of it, as SIGSTOP does; another process wakes it.</summary>
/// <param name="pull">Stops the process, and returns after it has gone on, with what to say about it.</param>
/// <param name="obstacle">Why that cannot be done here; null when it can. A test has a milder one.</param>
internal sealed class PauseSwitch(Func<TimeSpan, Task<string>> pull, string? obstacle)
{
    private const string Shell = "/bin/sh";

    // The shell that stops this process is the one that lets it go on: nothing here could.
    private const string Script = "sleep 0.1; kill -STOP \"$0\"; sleep \"$1\"; kill -CONT \"$0\"";

    public static PauseSwitch OfProcess { get; } = new(StopAsync, OperatingSystem.IsWindows() || !File.Exists(Shell)
        ? "this system has no signals that stop and continue a process; pause it with a tool of the system"
        : null);

    /// <summary>Why the process cannot be paused here; null when it can.</summary>
    public string? Obstacle => obstacle;

    /// <summary>Stops this process for a time; returns after it has gone on.</summary>
    public Task<string> PullAsync(TimeSpan duration) => pull(duration);

    private static async Task<string> StopAsync(TimeSpan duration)
    {
        var start = new ProcessStartInfo(Shell) { ArgumentList = { "-c", Script, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) } };
        try
        {
            using var shell = Process.Start(start) ?? throw new InvalidOperationException($"{Shell} could not be started.");
            await shell.WaitForExitAsync(CancellationToken.None);
            return shell.ExitCode == 0 ? "goes on" : $"could not be paused: {Shell} ended with {shell.ExitCode}";
        }
        catch (Win32Exception e)
        {
            return $"could not be paused: {e.Message}";
        }
    }
}
