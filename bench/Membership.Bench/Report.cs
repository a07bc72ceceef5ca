using System.Globalization;
using System.Runtime.InteropServices;

namespace ChittyChat.Membership.Bench;

/// <summary>The result of a run as Markdown on standard output; progress goes to standard error.</summary>
internal static class Report
{
    public static void Machine(string command)
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        Line($"* Machine: {Environment.ProcessorCount} processors ({model}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Line($"* Command: `dotnet artifacts/bin/Membership.Bench/release/ChittyChat.Membership.Bench.dll {command}`");
        Line($"* Begun {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, load average {LoadAverage()}");
    }

    /// <summary>Of the last 1, 5 and 15 minutes.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    public static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    public static void Line() => Console.WriteLine();

    public static void Progress(FormattableString line) =>
        Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line.ToString(CultureInfo.InvariantCulture)}");

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
