using System.Diagnostics;
using System.Text;
using ChittyChat.TestSupport;

namespace ChittyChat.System.Tests;

/// <summary>The AppHost as its own process, and everything that it started, found by a mark in their environment.</summary>
public sealed class AppHostProcess : IDisposable
{
    private const string Mark = "CHITTY_CHAT_TEST_RUN";

    // Where the AppHost was built; the copy beside the tests lacks what the tests have from the shared framework.
    private static readonly string Home = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "AppHost", new DirectoryInfo(AppContext.BaseDirectory).Name));

    private readonly string _run = Path.GetRandomFileName();
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private AppHostProcess(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Home, "ChittyChat.AppHost.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Home,
        };
        start.Environment[Mark] = _run;
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{Ports.Free()}";
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{Ports.Free()}";
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{Ports.Free()}";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

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

    public static AppHostProcess Start(params string[] arguments) => new(arguments);

    /// <summary>The command lines of all processes of this run but the AppHost itself.</summary>
    public IReadOnlyList<string> Started() =>
        [.. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out var pid) && pid != _process.Id && IsOurs(d)).Select(CommandLine)];

    public async Task<bool> EndsWithinAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private bool IsOurs(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "environ")).Contains($"{Mark}={_run}", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or is somebody else's.
            return false;
        }
    }

    private static string CommandLine(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ').Trim();
        }
        catch (IOException)
        {
            return "(ended)";
        }
    }
}
