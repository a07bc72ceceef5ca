using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace ChittyChat.Simulation.Tests;

/// <summary>
/// Many seeds. <c>SIMULATION_SEED=17</c> runs exactly that one; <c>SIMULATION_SEEDS=5000</c> runs so many, from <c>SIMULATION_FIRST</c> on.
/// </summary>
public sealed class ScenarioTests(ITestOutputHelper output)
{
    private const int Seeds = 240;

    [Fact]
    public void Whatever_the_network_does_the_invariants_hold_and_all_agree_in_the_end()
    {
        var first = Setting("SIMULATION_SEED") ?? Setting("SIMULATION_FIRST") ?? 1;
        var count = Setting("SIMULATION_SEED") is null ? Setting("SIMULATION_SEEDS") ?? Seeds : 1;
        var seen = new Dictionary<string, long>();
        var failures = new List<string>();
        var convergence = new List<TimeSpan>();
        long steps = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var scenario = new Scenario(seed);
            try
            {
                scenario.Run();
                convergence.Add(scenario.Convergence);
            }
            catch (InvariantViolationException violation)
            {
                failures.Add(violation.Message);
            }

            steps += scenario.Steps;
            foreach (var (what, times) in scenario.Seen)
            {
                seen[what] = seen.GetValueOrDefault(what) + times;
            }
        }

        convergence.Sort();
        var summary = string.Create(CultureInfo.InvariantCulture, $"{count} seeds, {steps} steps, {failures.Count} failed; ")
            + (convergence.Count == 0 ? "" : $"agreement after {convergence[convergence.Count / 2]} (median), {convergence[^1]} (worst); ")
            + string.Join(", ", seen.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key} {s.Value}"));
        output.WriteLine(summary);
        Assert.True(failures.Count == 0, $"{summary}\n{string.Join("\n\n", failures.Take(5))}");
        if (count >= Seeds)
        {
            // Runs in which nothing happens prove nothing.
            foreach (var kind in Enum.GetNames<Membership.MemberEventKind>())
            {
                Assert.True(seen.GetValueOrDefault(kind) >= 20, $"Only {seen.GetValueOrDefault(kind)} times {kind}.");
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var traces = new ConcurrentDictionary<ulong, int>();
        for (var seed = 1; seed <= 10; seed++)
        {
            var one = new Scenario(seed);
            var again = new Scenario(seed);
            one.Run();
            again.Run();

            Assert.Equal((one.Trace, one.Steps, one.Story), (again.Trace, again.Steps, again.Story));
            traces[one.Trace] = seed;
        }

        Assert.Equal(10, traces.Count);
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
