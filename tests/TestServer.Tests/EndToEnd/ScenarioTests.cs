using System.Diagnostics;
using System.Xml.Linq;
using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Commands;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.TestServer.Tests.EndToEnd;

/// <summary>The shipped scenarios, and the examples of docs/testing.md, against real processes.</summary>
[Collection(nameof(ScriptOutcomes))]
public sealed class ScenarioTests(ScriptOutcomes outcomes)
{
    public static TheoryData<string> Scenarios => [.. ScriptLibrary.OfProgram.Shipped().Select(script => script.Name)];

    public static TheoryData<string> Examples => [.. ScriptOutcomes.Examples.Keys];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task The_scenario_passes(string name) => AssertPassed(await outcomes.OfAsync(name));

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_of_the_documentation_passes(string name) => AssertPassed(await outcomes.OfAsync(name));

    [Fact]
    public void Ten_examples_are_documented_and_every_scenario_says_what_it_teaches()
    {
        Assert.True(ScriptOutcomes.Examples.Count >= 10, $"docs/testing.md has {ScriptOutcomes.Examples.Count} examples");
        Assert.All(ScriptLibrary.OfProgram.Shipped(), script => Assert.EndsWith(".", script.Script.Teaches, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_files_of_a_run_are_complete()
    {
        var report = await outcomes.OfAsync("three-peers");

        var entries = await RecordFile.ReadAsync(Path.Combine(report.Directory, RunDirectory.RecordFile), CancellationToken.None);
        Assert.IsType<RunStarted>(entries[0].Event);
        Assert.IsType<RunEnded>(entries[^1].Event);
        Assert.Equal(Enumerable.Range(1, entries.Count), entries.Select(entry => (int)entry.Number));
        Assert.Equal(9, entries.Count(entry => entry.Event is Delivered { Kind: ChatKind.Message }));
        var suite = XDocument.Load(Path.Combine(report.Directory, RunDirectory.JUnitFile)).Root!.Element("testsuite")!;
        Assert.Equal(("0", "0"), (suite.Attribute("failures")!.Value, suite.Attribute("errors")!.Value));
        Assert.Equal(report.Steps.Count + RunCheckers.Names.Count, suite.Elements("testcase").Count());
        Assert.Equal(report.Directory, Directory.ResolveLinkTarget(Path.Combine(report.Directory, "..", "latest"), returnFinalTarget: true)!.FullName);
    }

    [Fact]
    public async Task A_record_can_be_checked_again_also_after_somebody_has_changed_it()
    {
        var report = await outcomes.OfAsync("three-peers");
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, await CheckCommand.RunAsync(report.Directory, output, error, CancellationToken.None));

        var forged = Path.Combine(Directory.CreateTempSubdirectory("chittychat-forged-").FullName, RunDirectory.RecordFile);
        var lines = await File.ReadAllLinesAsync(Path.Combine(report.Directory, RunDirectory.RecordFile));
        await File.WriteAllLinesAsync(forged, lines.Where(line => !(line.Contains("\"delivered\"", StringComparison.Ordinal) && line.Contains("\"peer\":\"carol\"", StringComparison.Ordinal)
            && line.Contains("\"kind\":\"message\"", StringComparison.Ordinal) && line.Contains("\"from\":\"alice\"", StringComparison.Ordinal))));
        Assert.Equal(1, await CheckCommand.RunAsync(forged, output, error, CancellationToken.None));

        Assert.Contains("nothing acknowledged is lost: carol has not delivered", output.ToString(), StringComparison.Ordinal);
        Assert.Equal("", error.ToString());
        Directory.Delete(Path.GetDirectoryName(forged)!, recursive: true);
    }

    [Fact]
    public async Task A_peer_that_is_killed_by_somebody_else_ends_the_run_and_fails_it()
    {
        var run = outcomes.Services.GetRequiredService<RunHost>().Start(RunRequest.Of(
            "killed.chat", "scenario \"Killed\"\npeers alice bob\nalice: hello\nexpect alice sees \"never\" within 10m\n", usesAttending: false));
        RunEntry? published = null;
        while ((published ??= run.Record.Read().Entries.FirstOrDefault(entry => entry.Event is Delivered { Text: "hello" })) is null && !run.Report.IsCompleted)
        {
            await run.Record.Changed.WaitAsync(TimeSpan.FromMinutes(2));
        }

        var bob = run.Record.Read().Entries.Select(entry => entry.Event).OfType<PeerAttended>().Single(attended => attended.Peer == "bob").Process;
        Process.GetProcessById(bob).Kill();

        var report = await run.Report.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(Verdict.Failed, report.Verdict);
        Assert.StartsWith("nobody ends unasked: bob ended by itself with code 137", Assert.Single(report.Failures), StringComparison.Ordinal);
    }

    private static void AssertPassed(RunReport report) => Assert.True(report.Verdict == Verdict.Passed, string.Join('\n', report.Describe()));
}
