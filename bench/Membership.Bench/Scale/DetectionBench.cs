namespace ChittyChat.Membership.Bench.Scale;

/// <summary>
/// How long it takes until all survivors have declared a crashed member dead: the distribution over many kills in virtual time. It tells what the few kills
/// of the comparison with Serf can show: who probes the victim when is chance, and the worst of twenty varies by seconds.
/// </summary>
internal static class DetectionBench
{
    private const int Batch = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static int Run(Settings settings)
    {
        var (members, kills, seed) = (settings.Int("members", 16), settings.Int("kills", 2_000), settings.Int("seed", 1));
        if (kills < Batch)
        {
            throw new UsageException($"kills={kills} is too few: the worst of {Batch} is reported, so at least {Batch}, better some thousands.");
        }

        if (members < 2)
        {
            throw new UsageException($"members={members} is too few: somebody has to survive.");
        }

        Report.Line($"# Detection: {kills} kills in clusters of {members}");
        Report.Line();
        Report.Machine($"detection members={members} kills={kills} seed={seed}");
        Report.Line($"* The production core in virtual time, memberlist's LAN preset, no loss, 0.5 to 1.5 ms for each packet. Each kill is in a cluster of its own, at a random moment of a probe interval; the time ends when the last survivor has declared the member dead.");
        var random = new Random(seed);
        var seconds = new double[kills];
        for (var i = 0; i < kills; i++)
        {
            seconds[i] = SecondsUntilAllKnow(new ScaleCluster(members, random.Next()), members, random);
            if ((i + 1) % (kills / 4) == 0)
            {
                Report.Progress($"{i + 1} of {kills} kills");
            }
        }

        double[][] batches = [.. seconds.Chunk(Batch).Where(c => c.Length == Batch)];
        Report.Line();
        Report.Line($"| s from the kill until all survivors have declared it | 1 % | 5 % | 50 % | 95 % | 99 % | all |");
        Report.Line($"| --- | --- | --- | --- | --- | --- | --- |");
        Line("a kill", seconds);
        Line($"the median of {Batch} kills", [.. batches.Select(Report.Median)]);
        Line($"the worst of {Batch} kills", [.. batches.Select(b => b.Max())]);
        return 0;
    }

    private static double SecondsUntilAllKnow(ScaleCluster cluster, int members, Random random)
    {
        // More than a round of probes, so that each has its own order.
        cluster.Run(TimeSpan.FromSeconds(members + random.NextDouble()));
        var spread = cluster.Crash();
        var limit = cluster.Now + Patience;
        while (spread.Heard.Count < members - 1 && cluster.Now < limit)
        {
            cluster.Run(TimeSpan.FromSeconds(1));
        }

        return spread.Heard.Count < members - 1 ? double.PositiveInfinity : (spread.Heard.Max() - spread.Began).TotalSeconds;
    }

    private static void Line(string what, double[] seconds)
    {
        var sorted = seconds.Order().ToArray();
        double At(double part) => sorted[(int)Math.Min(sorted.Length - 1, part * sorted.Length)];
        Report.Line($"| {what} | {At(0.01):F2} | {At(0.05):F2} | {At(0.5):F2} | {At(0.95):F2} | {At(0.99):F2} | {sorted.Length} |");
    }
}
