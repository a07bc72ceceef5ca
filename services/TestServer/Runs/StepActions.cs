using System.Collections.Concurrent;
using System.Collections.Immutable;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>How a part of a step ended; no reason when it passed.</summary>
internal sealed record PartResult(string? Reason, IReadOnlyList<string> Output, MessageKey? Message = null, ulong LamportTime = 0)
{
    public static readonly PartResult Passed = new(null, []);

    public static PartResult Failed(string reason) => new(reason, []);
}

/// <summary>What one peer (or nobody in particular) does in a step.</summary>
/// <param name="Peer">By its name on the stage; null for nobody.</param>
/// <param name="Text">What is shown.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="Perform">Does it.</param>
/// <param name="AtTimeout">What it means that the time is over; null when that is a failure without more to say.</param>
internal sealed record StepPart(string? Peer, string Text, TimeSpan Timeout, Func<CancellationToken, Task<PartResult>> Perform, Func<PartResult>? AtTimeout = null);

/// <summary>Turns a step into what is to be done for each of its peers.</summary>
internal sealed class StepActions(Script script, IStage stage, RunRecord record, TimeProvider time)
{
    /// <summary>How much longer than its time-out a sleep may take.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    // Peers of the script whose links a step has disturbed.
    private readonly ConcurrentDictionary<string, bool> _disturbed = new(StringComparer.Ordinal);

    /// <summary>The parts of a step, which are done at the same time.</summary>
    public IReadOnlyList<StepPart> PartsOf(Step step, ImmutableDictionary<string, string> variables) => Parts(step, variables) is { Count: > 0 } parts
        ? parts
        : [new StepPart(null, step.Source, script.Timeout, _ => Task.FromResult(PartResult.Failed("nobody is in the chat")))];

    private IReadOnlyList<StepPart> Parts(Step step, ImmutableDictionary<string, string> variables) => step switch
    {
        ActStep act => [.. Present(act.Peers).Select(peer => Act(act, peer, variables))],
        BarrierStep barrier => [Barrier(barrier)],
        ProcessStep process => [.. ProcessParts(process)],
        LinkStep link => [.. LinkParts(link)],
        SleepStep sleep => [new StepPart(null, sleep.Source, sleep.Time + Slack, async token =>
        {
            await Task.Delay(sleep.Time, time, token);
            return PartResult.Passed;
        })],
        ExpectStep expect => [.. ExpectParts(expect, variables)],
        _ => throw new InvalidOperationException($"{step.GetType().Name} is not carried out by itself."),
    };

    /// <summary>Takes back all faults, so that the peers can come to rest. What cannot be healed shows in what the checkers find.</summary>
    public async Task HealAllAsync(CancellationToken cancellationToken)
    {
        await stage.ContinueAllAsync(cancellationToken);
        foreach (var peer in _disturbed.Keys.Where(peer => record.Look(peer, now => now.Attends)))
        {
            using var timeout = new CancellationTokenSource(script.Timeout, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                await stage.ExecuteAsync(peer, FaultLines.Heal, linked.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                // It hangs, which the checkers will say better.
            }
        }
    }

    private StepPart Act(ActStep act, string peer, ImmutableDictionary<string, string> variables)
    {
        var line = act.Line.Expand(variables);
        return new StepPart(peer, line, script.Timeout, async token =>
        {
            var answer = await stage.ExecuteAsync(peer, line, token);
            return Judge(act.Answer, peer, answer, variables) is { } reason
                ? new PartResult(reason, answer.Output, answer.Message, answer.LamportTime)
                : new PartResult(null, answer.Output, answer.Message, answer.LamportTime);
        });
    }

    private static string? Judge(Answer expected, string peer, LineAnswer answer, ImmutableDictionary<string, string> variables) => expected switch
    {
        Answer.Failure { Reason: null } => answer.Succeeded ? $"{peer} accepted it, but it was expected to fail" : null,
        Answer.Failure { Reason: { } match } => answer.Succeeded ? $"{peer} accepted it, but it was expected to fail"
            : answer.Output.Append(answer.Reason).Any(text => TextMatches.Matches(match, text, variables)) ? null
            : $"{peer} refused it for another reason: {answer.Reason}",
        Answer.Output output => !answer.Succeeded ? $"{peer} refused it: {answer.Reason}"
            : answer.Output.Any(text => TextMatches.Matches(output.Line, text, variables)) ? null
            : $"{peer} printed no line {output.Line}: {(answer.Output.Count == 0 ? "it printed nothing" : string.Join(" | ", answer.Output))}",
        _ => answer.Succeeded ? null : $"{peer} refused it: {answer.Reason}",
    };

    private StepPart Barrier(BarrierStep barrier)
    {
        var timeout = barrier.Timeout ?? script.Timeout;
        string[] peers = [.. Named(barrier.Peers)];
        return new StepPart(
            null, barrier.Source, timeout,
            async token =>
            {
                while (true)
                {
                    var changed = record.Changed;
                    if (peers.All(IsInChat))
                    {
                        return PartResult.Passed;
                    }

                    await changed.WaitAsync(token);
                }
            },
            () => PartResult.Failed($"not in the chat within {Durations.Text(timeout)}: {string.Join(", ", peers.Where(peer => !IsInChat(peer)))}"));
    }

    private IEnumerable<StepPart> ProcessParts(ProcessStep step)
    {
        foreach (var service in step.Services)
        {
            yield return new StepPart(null, step.Source, script.Timeout, async token =>
            {
                await stage.ActAsync(service, step.Action, token);
                return PartResult.Passed;
            });
        }

        foreach (var peer in step.Peers is null ? [] : step.Action == ProcessAction.Start ? Named(step.Peers) : Present(step.Peers))
        {
            yield return new StepPart(peer, step.Source, script.Timeout, async token =>
            {
                await stage.ActAsync(peer, step.Action, step.SamePorts, token);
                return PartResult.Passed;
            });
        }
    }

    private IEnumerable<StepPart> LinkParts(LinkStep step)
    {
        var others = step.Others.IsAll ? [] : Named(step.Others).ToArray();
        foreach (var peer in Present(step.Peers))
        {
            _disturbed[peer] = true;
            foreach (var line in FaultLines.Of(step.Action, others, step.Amount))
            {
                yield return Fault(peer, line);
            }
        }

        // Both ends, so that neither sends into the void what the other counts as received.
        foreach (var other in step.Action is LinkAction.Cut or LinkAction.CutOneWay ? Present(step.Others) : [])
        {
            string[] first = [.. Named(step.Peers)];
            if (first.Contains(other))
            {
                continue;
            }

            _disturbed[other] = true;
            foreach (var line in FaultLines.Of(step.Action, step.Peers.IsAll ? [] : first, step.Amount, isOtherEnd: true))
            {
                yield return Fault(other, line);
            }
        }
    }

    private StepPart Fault(string peer, string line) => new(peer, line, script.Timeout, async token =>
    {
        var answer = await stage.ExecuteAsync(peer, line, token);
        return answer.Succeeded ? new PartResult(null, answer.Output) : new PartResult($"{peer} refused '{line}': {answer.Reason}", answer.Output);
    });

    private IEnumerable<StepPart> ExpectParts(ExpectStep step, ImmutableDictionary<string, string> variables)
    {
        var timeout = step.Within ?? script.Timeout;
        string[] peers = [.. Present(step.Peers)];
        string[] everyone = [.. Present(PeerSet.All)];
        var isShared = step.Expectation is Expectation.AgreeOnMembers or Expectation.AgreeOnMessages;
        foreach (var places in !isShared ? peers.Select(peer => (string[])[peer]) : peers.Length > 0 ? [peers] : [])
        {
            var check = new ExpectationCheck(step.Expectation, places, everyone, variables, stage.NameOf);
            var seen = "";
            yield return new StepPart(
                isShared ? null : places[0], step.Source, timeout,
                async token =>
                {
                    while (true)
                    {
                        var changed = record.Changed;
                        var progress = check.Look(record);
                        seen = progress.Seen;
                        if (progress.State != ProgressState.Waiting)
                        {
                            return progress.State == ProgressState.Met ? PartResult.Passed : PartResult.Failed(seen);
                        }

                        await changed.WaitAsync(token);
                        if (step.Expectation is Expectation.AgreeOnMessages)
                        {
                            // It looks at the whole record, and a flood of messages comes one by one.
                            await Task.Delay(LookInterval, time, token);
                        }
                    }
                },
                () => step.Expectation is not Expectation.NeverSees ? PartResult.Failed($"not within {Durations.Text(timeout)}: {seen}")
                    : seen == ExpectationCheck.Watched ? PartResult.Passed
                    : PartResult.Failed(seen));
        }
    }

    private bool IsInChat(string peer) => record.Look(peer, now => now.IsInChat);

    // By the names on the stage. "All" are those who are there now; who is named is meant, there or not.
    private IEnumerable<string> Present(PeerSet peers) => peers.IsAll ? script.Cast.Select(stage.NameOf).Where(IsInChat) : Named(peers);

    private IEnumerable<string> Named(PeerSet peers) => (peers.IsAll ? script.Cast : peers.Names).Select(stage.NameOf);
}

/// <summary>The peers' own commands for faults of links.</summary>
internal static class FaultLines
{
    public const string Heal = "/fault heal";

    private const string Everybody = "*";

    /// <summary>What a peer has to execute, a line for each of the others.</summary>
    public static IReadOnlyList<string> Of(LinkAction action, IReadOnlyList<string> others, string amount, bool isOtherEnd = false) => action == LinkAction.Heal
        ? [Heal]
        : [.. (others.Count == 0 ? [Everybody] : others).Select(target => action switch
        {
            LinkAction.Cut => $"/fault cut {target}",
            LinkAction.CutOneWay => $"/fault cut {target} --direction {(isOtherEnd ? "in" : "out")}",
            LinkAction.Delay => $"/fault delay {target} {amount}",
            _ => $"/fault drop {target} {amount}",
        })];
}
