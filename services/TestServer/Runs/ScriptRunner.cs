using System.Collections.Immutable;
using System.Globalization;
using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>
/// Carries a script out on a stage, step by step; each step has its time-out, is done once, and when one fails the others are cancelled. Afterwards heals what is broken, waits until
/// the checkers have nothing to say (or for <see cref="SettleTime"/>), and gives the verdict. All that happens goes into the record.
/// </summary>
internal sealed class ScriptRunner(Script script, IReadOnlyDictionary<string, string> given, IStage stage, RunRecord record, TimeProvider time)
{
    /// <summary>How long peers may take to come to rest at the end.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);

    private readonly StepActions _actions = new(script, stage, record, time);
    private long _steps;

    /// <summary>Runs the script to its end. Cancelling it gives the verdict <see cref="Verdict.Cancelled"/>.</summary>
    public async Task<RunEnded> RunAsync(CancellationToken cancellationToken)
    {
        var ended = await CarryOutAsync(cancellationToken);
        record.Append(ended);
        return ended;
    }

    private async Task<RunEnded> CarryOutAsync(CancellationToken cancellationToken)
    {
        try
        {
            await stage.PrepareAsync(cancellationToken);
        }
        catch (StageException e)
        {
            return new RunEnded(Verdict.CouldNotRun, [e.Message]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new RunEnded(Verdict.Cancelled, ["cancelled before the script began"]);
        }

        List<string> failures = [];
        try
        {
            await RunStepsAsync(script.Steps, ImmutableDictionary.CreateRange(StringComparer.Ordinal, given), cancellationToken);
        }
        catch (StepFailedException e)
        {
            failures.Add(e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new RunEnded(Verdict.Cancelled, ["cancelled"]);
        }

        record.Append(new ScriptEnded());
        try
        {
            failures.AddRange((await SettleAsync(cancellationToken)).Select(violation => violation.Describe()));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new RunEnded(Verdict.Cancelled, [.. failures, "cancelled while the peers came to rest"]);
        }

        return new RunEnded(failures.Count == 0 ? Verdict.Passed : Verdict.Failed, failures);
    }

    // What guarantees say about the end holds once nothing is broken any more.
    private async Task<IReadOnlyList<Violation>> SettleAsync(CancellationToken cancellationToken)
    {
        await _actions.HealAllAsync(cancellationToken);
        var began = time.GetTimestamp();
        while (true)
        {
            var (entries, changed) = record.Read();
            var violations = RunCheckers.Check(entries);
            var left = SettleTime - time.GetElapsedTime(began);
            if (violations.Count == 0 || left <= TimeSpan.Zero)
            {
                return violations;
            }

            await WaitAsync(changed, left, cancellationToken);
            await Task.Delay(CheckInterval, time, cancellationToken);
        }
    }

    private async Task<ImmutableDictionary<string, string>> RunStepsAsync(
        ImmutableArray<Step> steps, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            variables = await RunStepAsync(step, variables, cancellationToken);
        }

        return variables;
    }

    private async Task<ImmutableDictionary<string, string>> RunStepAsync(Step step, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case SetStep set:
                // What is given from outside outweighs the script.
                return given.ContainsKey(set.Name) ? variables : variables.SetItem(set.Name, set.Value.Expand(variables));
            case RepeatStep repeat:
                await RepeatAsync(repeat, variables, cancellationToken);
                return variables;
            case ParallelStep parallel:
                await RunInParallelAsync(parallel.Steps, variables, cancellationToken);
                return variables;
            default:
                await PerformAsync(step, variables, cancellationToken);
                return variables;
        }
    }

    private async Task RepeatAsync(RepeatStep repeat, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var text = repeat.Count.Expand(variables);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw new StepFailedException(repeat, $"'{text}' is no number to count to");
        }

        for (var i = 1; i <= count; i++)
        {
            var number = i.ToString(CultureInfo.InvariantCulture);
            await RunStepsAsync(repeat.Steps, variables.SetItem(repeat.Variable, number), cancellationToken);
        }
    }

    private async Task RunInParallelAsync(ImmutableArray<Step> steps, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task>();
        foreach (var after in ParallelPlan.Of(steps))
        {
            running.Add(RunAfterAsync(steps[running.Count], [.. after.Select(index => running[index])]));
        }

        await Task.WhenAll(running.Select(SettledAsync));
        // The first failure is the reason; the others were cancelled because of it.
        var failed = running.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!).ToArray();
        if (failed.FirstOrDefault(e => e is not OperationCanceledException) is { } reason)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
        }

        cancellationToken.ThrowIfCancellationRequested();

        async Task RunAfterAsync(Step step, Task[] before)
        {
            await Task.WhenAll(before);
            ending.Token.ThrowIfCancellationRequested();
            try
            {
                await RunStepAsync(step, variables, ending.Token);
            }
            catch (StepFailedException)
            {
                await ending.CancelAsync();
                throw;
            }
        }
    }

    private async Task PerformAsync(Step step, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var parts = _actions.PartsOf(step, variables);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = parts.Select(part => PerformPartAsync(step, part, ending)).ToArray();
        await Task.WhenAll(running.Select(SettledAsync));
        var reasons = (await Task.WhenAll(running)).OfType<string>().ToArray();
        if (reasons.Length > 0)
        {
            throw new StepFailedException(step, string.Join("; ", reasons.Distinct()));
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // Gives the reason when the part failed.
    private async Task<string?> PerformPartAsync(Step step, StepPart part, CancellationTokenSource ending)
    {
        var number = Interlocked.Increment(ref _steps);
        record.Append(new StepStarted(number, step.At.Line, part.Text, part.Peer));
        var began = time.GetTimestamp();
        using var timeout = new CancellationTokenSource(part.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ending.Token);
        PartResult result;
        var isCancelled = false;
        try
        {
            result = await part.Perform(linked.Token);
        }
        catch (StageException e)
        {
            result = PartResult.Failed(e.Message);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            isCancelled = !timeout.IsCancellationRequested;
            result = part.AtTimeout is { } atTimeout && !isCancelled
                ? atTimeout()
                : PartResult.Failed(isCancelled ? "cancelled" : $"not done within {Durations.Text(part.Timeout)}");
        }

        var outcome = result.Reason is null ? StepOutcome.Passed : isCancelled ? StepOutcome.Cancelled : StepOutcome.Failed;
        record.Append(new StepEnded(
            number, step.At.Line, part.Peer, outcome, result.Reason ?? "", result.Output, result.Message, result.LamportTime, Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 3)));
        if (outcome == StepOutcome.Failed)
        {
            await ending.CancelAsync();
        }

        return outcome == StepOutcome.Failed ? result.Reason : null;
    }

    private async Task WaitAsync(Task changed, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing has happened, and that is an answer.
        }
    }

    private static async Task SettledAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is StepFailedException or OperationCanceledException)
        {
            // Looked at by the caller.
        }
    }
}

/// <summary>A step failed, and with it the script.</summary>
internal sealed class StepFailedException(Step step, string reason) : Exception($"line {step.At.Line}: {step.Source}\n    {reason}");

/// <summary>Which steps of a parallel block wait for which.</summary>
internal static class ParallelPlan
{
    /// <summary>For each step the earlier ones that it waits for: the newest of each peer that it names. A step that names nobody waits for nobody.</summary>
    public static ImmutableArray<ImmutableArray<int>> Of(ImmutableArray<Step> steps)
    {
        var newest = new Dictionary<string, int>(StringComparer.Ordinal);
        int? newestOfAll = null;
        var plan = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Actors is not { } actors)
            {
                plan.Add([]);
                continue;
            }

            var before = actors.IsAll ? newest.Keys : actors.Names.Where(newest.ContainsKey);
            plan.Add([.. before.Select(name => newest[name]).Concat(newestOfAll is { } all ? [all] : []).Distinct().Order()]);
            if (actors.IsAll)
            {
                newestOfAll = i;
                newest.Clear();
            }

            foreach (var name in actors.Names)
            {
                newest[name] = i;
            }
        }

        return plan.ToImmutable();
    }
}

/// <summary>Times as scripts write them.</summary>
internal static class Durations
{
    public static string Text(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? FormattableString.Invariant($"{time.TotalMilliseconds:0.###}ms")
        : FormattableString.Invariant($"{time.TotalSeconds:0.###}s");
}
