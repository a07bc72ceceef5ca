using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ChittyChat.CommandLine.Bench;

/// <summary>Presses keys at a pseudo-terminal, and waits for each until it is on the screen.</summary>
internal static class Measurement
{
    private const int WarmUpKeys = 500;

    // Backspace after so many, so that the line neither grows nor wraps.
    private const int LineLength = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(int rate, int keys)
    {
        using var terminal = new Pseudoterminal(columns: 100, rows: 30);
        using var process = Start(terminal.Path, rate);
        using var shown = new BlockingCollection<(string Text, long At)>();
        new Thread(() => Read(terminal, shown)) { IsBackground = true, Name = "screen" }.Start();
        var screen = new Screen(shown);
        screen.WaitFor("> ");

        var random = new Random(1);
        var latencies = new List<double>(keys);
        for (var i = 0; i < WarmUpKeys + keys; i++)
        {
            if (i % LineLength == 0)
            {
                // Ctrl-U, and until it is empty the counter says so.
                terminal.Write([0x15]);
                screen.WaitFor("0/128");
            }

            // People do not type in step with anything.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 6)), TimeProvider.System);
            var expected = string.Create(CultureInfo.InvariantCulture, $"{(i % LineLength) + 1}/128");
            screen.Forget();
            var start = TimeProvider.System.GetTimestamp();
            terminal.Write([(byte)('a' + (i % 26))]);
            var latency = TimeProvider.System.GetElapsedTime(start, screen.WaitFor(expected));
            if (i >= WarmUpKeys)
            {
                latencies.Add(latency.TotalMilliseconds);
            }
        }

        var lines = screen.Lines / screen.Elapsed.TotalSeconds;
        terminal.Write([0x15]);
        screen.WaitFor("0/128");
        terminal.Write([0x04]);
        await process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        Report(rate, lines, latencies);
        return process.ExitCode;
    }

    private static Process Start(string path, int rate)
    {
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"exec dotnet '{typeof(Measurement).Assembly.Location}' prompt {rate} <'{path}' >'{path}'"));
        start.Environment["TERM"] = "xterm-256color";
        return Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
    }

    private static void Read(Pseudoterminal terminal, BlockingCollection<(string Text, long At)> shown)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = terminal.Read(buffer)) > 0)
        {
            shown.Add((Encoding.UTF8.GetString(buffer, 0, count), TimeProvider.System.GetTimestamp()));
        }
    }

    private static void Report(int rate, double lines, List<double> latencies)
    {
        latencies.Sort();
        Console.WriteLine($"Machine: {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors, .NET {Environment.Version}");
        Console.WriteLine("Method: a prompt in a process of its own on a pseudo-terminal of 100x30; one key at a time, 1 to 5 ms apart; from before its byte is written");
        Console.WriteLine("        at the one end until the counter that includes it is read there. Lines are coloured, of about 70 characters.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Lines per second: {rate} wanted, {lines:F0} seen. Keys: {latencies.Count}."));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Key to screen: p50 {Percentile(latencies, 50):F2} ms, p99 {Percentile(latencies, 99):F2} ms, p99.9 {Percentile(latencies, 99.9):F2} ms, max {latencies[^1]:F2} ms"));
    }

    private static double Percentile(List<double> sorted, double percent) => sorted[(int)Math.Ceiling(sorted.Count * percent / 100) - 1];

    private sealed class Screen(BlockingCollection<(string Text, long At)> shown)
    {
        private readonly long _start = TimeProvider.System.GetTimestamp();
        private string _tail = "";

        public long Lines { get; private set; }

        public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

        /// <summary>Takes what is there already, so that only what comes from now on is waited for.</summary>
        public void Forget()
        {
            while (shown.TryTake(out var next))
            {
                Count(next.Text);
            }

            _tail = "";
        }

        /// <summary>Waits for a text; gives when the bytes that complete it were read.</summary>
        public long WaitFor(string text)
        {
            while (shown.TryTake(out var next, Patience))
            {
                Count(next.Text);
                _tail += next.Text;
                if (_tail.Contains(text, StringComparison.Ordinal))
                {
                    _tail = "";
                    return next.At;
                }

                _tail = _tail[^Math.Min(_tail.Length, 256)..];
            }

            throw new TimeoutException($"\"{text}\" did not appear.");
        }

        private void Count(string text) => Lines += text.AsSpan().Count("people write them");
    }
}
