using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Results;

/// <summary>What came of a run.</summary>
internal sealed record RunReport(RunStarted Run, Verdict Verdict, IReadOnlyList<string> Failures, IReadOnlyList<StepOfReport> Steps, RunStatistics Statistics, string Directory)
{
    /// <summary>The exit code of a command that ran it: 0 passed, 1 failed, 2 could not run.</summary>
    public int ExitCode => ExitCodeOf(Verdict);

    public static int ExitCodeOf(Verdict verdict) => verdict switch
    {
        Verdict.Passed => 0,
        Verdict.Failed => 1,
        _ => 2,
    };

    public static RunReport Of(IReadOnlyList<RunEntry> entries, string directory)
    {
        var run = entries.Select(entry => entry.Event).OfType<RunStarted>().First();
        var ended = entries.Select(entry => entry.Event).OfType<RunEnded>().LastOrDefault() ?? new RunEnded(Verdict.Cancelled, ["the record has no end"]);
        var texts = entries.Select(entry => entry.Event).OfType<StepStarted>().ToDictionary(step => step.Step);
        return new RunReport(
            run, ended.Verdict, ended.Failures,
            [.. entries.Select(entry => entry.Event).OfType<StepEnded>().Select(step => new StepOfReport(texts[step.Step], step))],
            RunStatistics.Of(entries), directory);
    }

    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "PASSED",
        Verdict.Failed => "FAILED",
        Verdict.Cancelled => "CANCELLED",
        _ => "COULD NOT RUN",
    };

    /// <summary>Line by line, for a person.</summary>
    public IReadOnlyList<string> Describe() =>
    [
        $"{Word(Verdict)}: {Run.Scenario}",
        .. Failures.SelectMany(failure => failure.Split('\n')).Select(line => "  " + line),
        .. Statistics.Describe().Select(line => "  " + line),
    ];

    public RunEnd ToMessage() => new()
    {
        Verdict = Verdict switch
        {
            Verdict.Passed => RunVerdict.Passed,
            Verdict.Failed => RunVerdict.Failed,
            Verdict.Cancelled => RunVerdict.Cancelled,
            _ => RunVerdict.CouldNotRun,
        },
        Failures = { Failures },
        Summary = { Describe() },
        Directory = Directory,
    };
}

/// <summary>A step as it went.</summary>
internal sealed record StepOfReport(StepStarted Started, StepEnded Ended);
