using System.Net;
using System.Net.Sockets;
using ChittyChat.Membership.Wire;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership.Net;

/// <summary>
/// Joins a cluster. Nothing is taken over from the others before it is clear that the name of this node is free: another member
/// that has it and answers is a conflict; one that does not answer is an earlier process, whose name is taken over.
/// </summary>
/// <remarks>
/// For the take-over the successor says goodbye in the name of its predecessor: a departed member's name is free at once for
/// every memberlist, a dead one's is not.
/// </remarks>
internal sealed class Joining(
    NodeLoop loop, NodeStreams streams, MembershipOptions options, IPEndPoint bound, TimeProvider time, ILogger logger)
{
    private const int Parallel = 16;

    /// <inheritdoc cref="MembershipNode.JoinAsync"/>
    public async Task<int> JoinAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        var seeds = await ResolveAsync(addresses, failures, cancellationToken);
        if (seeds.Count == 0 && failures.Count == 0)
        {
            return 0;
        }

        var answers = await ExchangeAsync(seeds, null, failures, cancellationToken);
        ThrowIfNone(answers, failures);
        await loop.CallAsync(
            (core, _) =>
            {
                seeds.ForEach(core.RememberSeed);
                return true;
            },
            cancellationToken);
        if (await FindNamesakeAsync(answers, cancellationToken) is { } namesake)
        {
            answers = await TakeOverAsync(namesake, answers, cancellationToken);
        }

        var merged = await MergeAsync(answers, failures, cancellationToken);
        return merged > 0 ? merged : throw Failure(failures);
    }

    private async Task<List<Answer>> TakeOverAsync(Member? namesake, List<Answer> answers, CancellationToken cancellationToken)
    {
        var seeds = answers.ConvertAll(a => a.From);
        var failures = new List<string>();
        for (var holder = namesake; holder is not null;)
        {
            if (!holder.Address.Equals(loop.Self.Address) && await AnswersAsync(holder, cancellationToken))
            {
                throw new NameConflictException(options.Name, holder.Address);
            }

            logger.TakesOver(options.Name, holder.Address);
            await loop.CallAsync((core, now) => Done(() => core.Succeed(holder.Incarnation, now)), cancellationToken);
            await MergeAsync(answers, failures, cancellationToken);

            // Who knew the predecessor as dead has accepted this node by now, with the incarnation it had before, and would take
            // the goodbye for this node's own. So all are told the higher incarnation first; those who still have the predecessor follow.
            answers = await ExchangeAsync(seeds, null, failures, cancellationToken);
            ThrowIfNone(answers, failures);
            if (await FindNamesakeAsync(answers, cancellationToken) is null)
            {
                break;
            }

            await loop.CallAsync((core, now) => Done(() => core.AnnounceDeparture(holder.Incarnation, now)), cancellationToken);
            await ExchangeAsync(seeds, holder, failures, cancellationToken);

            // An answer is written before the request is merged, so only the next one shows what came of it.
            await Task.Delay(options.GossipInterval, time, cancellationToken);
            failures.Clear();
            answers = await ExchangeAsync(seeds, null, failures, cancellationToken);
            ThrowIfNone(answers, failures);
            holder = await FindNamesakeAsync(answers, cancellationToken);
        }

        return answers;
    }

    private Task<bool> AnswersAsync(Member holder, CancellationToken cancellationToken)
    {
        var patience = 2 * options.ProbeTimeout < options.StreamTimeout ? 2 * options.ProbeTimeout : options.StreamTimeout;
        return streams.PingAsync(holder.Address, holder.Name, holder.Incarnation.Value, patience, cancellationToken);
    }

    private async Task<Member?> FindNamesakeAsync(List<Answer> answers, CancellationToken cancellationToken) =>
        await loop.CallAsync(
            (core, _) => answers.Select(a => core.FindNamesake(a.State)).Where(m => m is not null).MaxBy(m => m!.Incarnation),
            cancellationToken);

    private async Task<int> MergeAsync(List<Answer> answers, List<string> failures, CancellationToken cancellationToken)
    {
        var merged = 0;
        foreach (var answer in answers)
        {
            var refusal = await loop.CallAsync((core, now) => core.MergeState(answer.State, isAnswer: true, now), cancellationToken);
            if (refusal is null)
            {
                merged++;
            }
            else
            {
                failures.Add($"{answer.From}: refused by this node: {refusal}");
            }
        }

        return merged;
    }

    private async Task<List<Answer>> ExchangeAsync(
        IReadOnlyList<IPEndPoint> seeds, Member? predecessor, List<string> failures, CancellationToken cancellationToken)
    {
        var answers = new List<Answer>();
        foreach (var some in seeds.Chunk(Parallel))
        {
            foreach (var (seed, state, failure) in await Task.WhenAll(some.Select(s => TryExchangeAsync(s, predecessor, cancellationToken))))
            {
                if (state is null)
                {
                    failures.Add(failure!);
                }
                else
                {
                    answers.Add(new Answer(seed, state));
                }
            }
        }

        return answers;
    }

    private async Task<(IPEndPoint Seed, StreamMessage? State, string? Failure)> TryExchangeAsync(
        IPEndPoint seed, Member? predecessor, CancellationToken cancellationToken)
    {
        try
        {
            return (seed, await streams.ExchangeAsync(seed, join: true, predecessor, cancellationToken), null);
        }
        catch (MembershipException e)
        {
            logger.ExchangeFailed(seed, e.Message);
            return (seed, null, e.Message);
        }
    }

    private async Task<List<IPEndPoint>> ResolveAsync(IReadOnlyList<string> addresses, List<string> failures, CancellationToken cancellationToken)
    {
        var seeds = new List<IPEndPoint>();
        foreach (var address in addresses)
        {
            try
            {
                seeds.AddRange(await SeedAddress.ResolveAsync(address, cancellationToken));
            }
            catch (Exception e) when (e is FormatException or SocketException)
            {
                failures.Add(e is FormatException ? e.Message : $"{address}: {e.Message}");
            }
        }

        return [.. seeds.Distinct().Where(s => !s.Equals(loop.Self.Address) && !s.Equals(bound))];
    }

    private static void ThrowIfNone(List<Answer> answers, List<string> failures)
    {
        if (answers.Count == 0)
        {
            throw Failure(failures);
        }
    }

    private static MembershipException Failure(List<string> failures) =>
        new($"No member could be joined. {string.Join(" ", failures)}");

    private static bool Done(Action action)
    {
        action();
        return true;
    }

    private sealed record Answer(IPEndPoint From, StreamMessage State);
}
