using System.Diagnostics;
using System.Globalization;

namespace ChittyChat.Membership.Bench.Comparison;

/// <summary>One member as a process of its own, started again under the same name and port after it was killed.</summary>
internal sealed class MemberProcess(string name, int port, Func<MemberProcess, string?, ProcessStartInfo> command, Action<string, string> told) : IDisposable
{
    private const double TicksPerSecond = 100;
    private Process? _process;

    public string Name => name;

    public int Port => port;

    public string Address => $"127.0.0.1:{port}";

    /// <param name="seed">The address of a running member to join; null for the first one.</param>
    public void Start(string? seed)
    {
        _process?.Dispose();
        var start = command(this, seed);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' did not start.");
        _process = process;
        process.OutputDataReceived += (_, line) => Take(process, line.Data);
        process.ErrorDataReceived += (_, line) => Take(process, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends STOP or CONT.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>The processor time used so far, from the operating system.</summary>
    public TimeSpan ProcessorTime()
    {
        // Behind the name, which may contain blanks: utime and stime are the fields 14 and 15 of all.
        var stat = File.ReadAllText($"/proc/{_process!.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>The resident memory in bytes: all of it, and what it shares with nobody and no file.</summary>
    public (long All, long Anonymous) Memory() => (StatusOf("VmRSS:"), StatusOf("RssAnon:"));

    public void Dispose()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                Kill();
            }

            _process.Dispose();
        }
    }

    private long StatusOf(string field) => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process!.Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal))[field.Length..].Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);

    private void Take(Process from, string? line)
    {
        if (line is not null && from == _process)
        {
            told(name, line);
        }
    }
}
