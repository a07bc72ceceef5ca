using System.Collections.Immutable;
using System.Globalization;
using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>
/// Carries a script out on a stage, step by step, as soon as its peers know each other; each step has its time-out, is done once, and when one fails the others are cancelled. Afterwards
/// heals what is broken, waits until the checkers have nothing to say (or for <see cref="SettleTime"/>), and gives the verdict. All that happens goes into the record.
/// </summary>
/// <param name="script">What is to be done.</param>
/// <param name="given">Values that outweigh the script's own.</param>
/// <param name="stage">The peers.</param>
/// <param name="record">Where everything is written.</param>
/// <param name="meetTimeout">How long the peers may take to know each other, once they are there.</param>
/// <param name="time">The clock.</param>
internal sealed class ScriptRunner(
    Script script, IReadOnlyDictionary<string, string> given, IStage stage, RunRecord record, TimeSpan meetTimeout, TimeProvider time)
{
    /// <summary>How long peers may take to come to rest at the end.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(60);

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
            await MeetAsync(cancellationToken);
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
        using (var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            var watching = EndAtLossAsync(ending);
            try
            {
                await RunStepsAsync(script.Steps, ImmutableDictionary.CreateRange(StringComparer.Ordinal, given), ending.Token);
            }
            catch (StepFailedException e)
            {
                failures.Add(e.Message);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return new RunEnded(Verdict.Cancelled, ["cancelled"]);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // A process was lost, which the checkers tell, or the record is full.
            }
            finally
            {
                await ending.CancelAsync();
                await watching;
            }
        }

        record.Append(new ScriptEnded());
        if (record.IsFull)
        {
            return new RunEnded(Verdict.Failed, [.. failures, "there were more events than a record holds; the script was ended, and nothing could be checked"]);
        }

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

    // So that a script need not begin by saying so.
    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(meetTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            var changed = record.Changed;
            if (record.Loss is { } loss)
            {
                throw new StageException(UnaskedEnds.Describe(loss));
            }

            if (Acquaintance.Missing([.. script.Peers.Select(stage.NameOf)], record) is not { } missing)
            {
                return;
            }

            try
            {
                await changed.WaitAsync(linked.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new StageException($"The peers do not know each other within {Durations.Text(meetTimeout)}: {missing}.");
            }
        }
    }

    // Nothing that a script says holds any more when a process has ended by itself.
    private async Task EndAtLossAsync(CancellationTokenSource ending)
    {
        try
        {
            while (true)
            {
                var changed = record.Changed;
                if (record.Loss is not null || record.IsFull)
                {
                    await ending.CancelAsync();
                    return;
                }

                await changed.WaitAsync(ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The script is through.
        }
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
            // A loss stays one; the survivors are waited for.
            if (violations.All(violation => record.Loss is not null && violation.Checker == UnaskedEnds.Name) || left <= TimeSpan.Zero)
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
                return await RepeatAsync(repeat, variables, cancellationToken);
            case ParallelStep parallel:
                await RunInParallelAsync(parallel.Steps, variables, cancellationToken);
                return variables;
            default:
                await PerformAsync(step, variables, cancellationToken);
                return variables;
        }
    }

    // What is set in it stays set, as everywhere; its own variable ends with it.
    private async Task<ImmutableDictionary<string, string>> RepeatAsync(
        RepeatStep repeat, ImmutableDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var text = repeat.Count.Expand(variables);
        if (!ScriptParser.IsCount(text, out var count))
        {
            throw new StepFailedException(repeat, string.Create(CultureInfo.InvariantCulture, $"'{text}' is no number from 1 to {ScriptParser.MostRepeats} to count to"));
        }

        var outer = variables.GetValueOrDefault(repeat.Variable);
        for (var i = 1; i <= count; i++)
        {
            var number = i.ToString(CultureInfo.InvariantCulture);
            variables = await RunStepsAsync(repeat.Steps, variables.SetItem(repeat.Variable, number), cancellationToken);
        }

        return outer is null ? variables.Remove(repeat.Variable) : variables.SetItem(repeat.Variable, outer);
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
