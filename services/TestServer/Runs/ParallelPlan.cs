using System.Collections.Immutable;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

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
