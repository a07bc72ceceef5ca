using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Reflection;
using ChittyChat.TestSupport;

namespace ChittyChat.Membership.Tests;

/// <summary>What the library's README promises is so.</summary>
public sealed class ReadmeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "libraries/Membership/README.md"));

    public static TheoryData<string> AllOptions => [.. typeof(MembershipOptions).GetProperties().Select(p => p.Name)];

    [Fact]
    public void The_example_is_the_sample() =>
        Assert.Contains("```csharp\n" + File.ReadAllText(Path.Combine(Repository.Root, "samples/Membership.Sample/Program.cs")) + "```", Readme, StringComparison.Ordinal);

    [Fact]
    public async Task The_example_runs()
    {
        using var alice = Run("alice");
        var listens = await LineAsync(alice, "alice listens on ");
        using var bob = Run("bob", listens.Split(' ')[^1]);

        await LineAsync(alice, "Joined: bob (127.0.0.1:");
        await LineAsync(bob, "Joined: alice (127.0.0.1:");
        bob.Kill();
        await LineAsync(alice, "Suspected: bob");

        alice.Kill();
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public void Each_option_has_its_line_with_its_defaults(string name)
    {
        var property = typeof(MembershipOptions).GetProperty(name)!;
        var values = new[] { MembershipOptions.Lan(), MembershipOptions.Wan(), MembershipOptions.Local() }.Select(o => Describe(property, o)).ToArray();
        var line = $"| `{name}` | {values[0]} | {(values[1] == values[0] ? "" : values[1])} | {(values[2] == values[0] ? "" : values[2])} | ";

        Assert.Contains(line.Replace("|  |", "| |", StringComparison.Ordinal).Replace("|  |", "| |", StringComparison.Ordinal), Readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_metrics_are_listed_and_no_others()
    {
        var published = new SortedSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "ChittyChat.Membership")
            {
                lock (published)
                {
                    published.Add(instrument.Name);
                }
            }
        };
        listener.Start();
        await using var nodes = new TestNodes();
        await nodes.StartAsync("alice");

        var listed = Readme.Split('\n').Where(l => l.StartsWith("| `memberlist.", StringComparison.Ordinal)).Select(l => l.Split('`')[1]);
        lock (published)
        {
            Assert.Equal(published, listed.Order(StringComparer.Ordinal));
        }
    }

    private static string Describe(PropertyInfo property, MembershipOptions options) => property.GetValue(options) switch
    {
        TimeSpan { Ticks: 0 } => "zero",
        TimeSpan time when time.TotalHours >= 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours} h"),
        TimeSpan time when time.TotalSeconds >= 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s"),
        TimeSpan time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds} ms"),
        bool value => value ? "true" : "false",
        int value => value.ToString("#,0", CultureInfo.InvariantCulture),
        double value => value.ToString(CultureInfo.InvariantCulture),
        null or "" or ReadOnlyMemory<byte> { IsEmpty: true } or IReadOnlyList<ReadOnlyMemory<byte>> { Count: 0 } => property.Name == nameof(MembershipOptions.Name) ? "required" : "none",
        IPAddress value => value.ToString(),
        var value when value is ProtocolVersions versions && versions == ProtocolVersions.Serf => "Serf's",
        var value => $"{value}",
    };

    // In its own folder, with nothing around but what it says that it needs.
    private static Process Run(params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.Combine(Repository.Root, "artifacts/bin/Membership.Sample", configuration, "ChittyChat.Membership.Sample.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
    }

    private static async Task<string> LineAsync(Process process, string start)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var before = new List<string>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                before.Add(line);
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Reported below.
        }

        throw new InvalidOperationException($"The sample did not print '{start}', but:\n{string.Join('\n', before)}");
    }
}
