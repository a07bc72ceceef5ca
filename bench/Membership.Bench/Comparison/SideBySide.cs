namespace ChittyChat.Membership.Bench.Comparison;

/// <summary>
/// Two clusters of equal size at the same time on the same machine, one of this library and one of Serf agents, both with memberlist's LAN preset:
/// at rest, with members starved, and with members killed.
/// </summary>
internal static class SideBySide
{
    // Two push/pull intervals: a Serf agent makes its first exchange up to that long after its start, and then one in each interval.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(65);
    // After the last burst: long enough for suspicions that have begun to end one way or the other.
    private static readonly TimeSpan AfterStarvation = TimeSpan.FromSeconds(35);

    public static async Task<int> RunAsync(Settings settings)
    {
        var (members, kills, seed) = (settings.Int("members", 16), settings.Int("kills", 20), settings.Int("seed", 1));
        var (idle, starve) = (TimeSpan.FromSeconds(settings.Int("idle", 120)), TimeSpan.FromSeconds(settings.Int("starve", 60)));
        Report.Line($"# Side by side with Serf: {members} members each");
        Report.Line();
        Report.Machine($"serf members={members} kills={kills} idle={idle.TotalSeconds} starve={starve.TotalSeconds} seed={seed}");
        Report.Line($"* Both clusters run at the same time, one process a member, on loopback, with memberlist's LAN preset, without encryption, with compression. Serf: Debian's `serf agent`, a native program; ours: `{nameof(NodeProcess)}`, a .NET process with the Serf layer and no tags. What members see is read from the lines they print, stamped by the one that reads them.");
        using var ours = ComparedCluster.OfThisLibrary(members);
        using var serf = ComparedCluster.OfSerf(members);
        ComparedCluster[] clusters = [ours, serf];
        using var counter = new TrafficCounter(clusters);
        Report.Progress($"forming");
        await Task.WhenAll(clusters.Select(c => c.FormAsync()));
        await Task.Delay(Settle, TimeProvider.System);

        Report.Progress($"at rest");
        await AtRestAsync(clusters, counter, idle);
        foreach (var starved in new[] { 1, 4 })
        {
            Report.Progress($"{starved} starved");
            await StarveAsync(clusters, starved, starve, seed);
        }

        Report.Progress($"killing");
        await KillAsync(clusters, kills, seed);
        Report.Line();
        Report.Line($"Load average at the end: {Report.LoadAverage()}");
        return 0;
    }

    private static async Task AtRestAsync(ComparedCluster[] clusters, TrafficCounter counter, TimeSpan duration)
    {
        var traffic = clusters.Select((_, i) => counter[i]).ToArray();
        var processor = clusters.Select(c => c.Members.Sum(m => m.ProcessorTime().TotalSeconds)).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        await Task.Delay(duration, TimeProvider.System);
        var memberSeconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds * clusters[0].Members.Count;
        Report.Line();
        Report.Line($"## At rest ({duration.TotalSeconds} s)");
        Report.Line();
        Report.Line($"Bytes are counted on raw sockets, with the headers of IP, UDP and TCP; streams are the push/pulls. Memory: resident, and the part of it that is not mapped from files.");
        Report.Line();
        Report.Line($"| per member | datagrams/s | bytes/s in datagrams | bytes/s on streams | bytes/s together | processor | resident MB | anonymous MB |");
        Report.Line($"| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (var i = 0; i < clusters.Length; i++)
        {
            var sent = counter[i] - traffic[i];
            var busy = (clusters[i].Members.Sum(m => m.ProcessorTime().TotalSeconds) - processor[i]) / memberSeconds;
            var memory = clusters[i].Members.Select(m => m.Memory()).ToArray();
            Report.Line($"| {clusters[i].Title} | {sent.Datagrams / memberSeconds:F2} | {sent.DatagramBytes / memberSeconds:F1} | {sent.StreamBytes / memberSeconds:F1} | {(sent.DatagramBytes + sent.StreamBytes) / memberSeconds:F1} | {busy:P2} | {memory.Average(m => m.All) / 1e6:F1} | {memory.Average(m => m.Anonymous) / 1e6:F1} |");
        }
    }

    // Each victim is stopped for some seconds and runs for some tenths of a second in turn, as a process does that gets no processor time.
    // The same bursts at the same moments in both clusters.
    private static async Task StarveAsync(ComparedCluster[] clusters, int victims, TimeSpan duration, int seed)
    {
        var began = clusters.Select(c => c.Now).ToArray();
        await Task.WhenAll(Enumerable.Range(0, victims).Select(v => StarveOneAsync([.. clusters.Select(c => c.Members[^(v + 1)])], duration, new Random((seed * 100) + v))));
        await Task.Delay(AfterStarvation, TimeProvider.System);
        Report.Line();
        Report.Line($"## {victims} of {clusters[0].Members.Count} members starved ({duration.TotalSeconds} s)");
        Report.Line();
        Report.Line($"Starved: stopped with SIGSTOP for 1 to 6 s, then running for 50 to 500 ms, and so on, the same moments in both clusters. Healthy are the others. A false suspicion is a refutation by a healthy member; a false failure is one observer's declaration that a healthy member is dead.");
        Report.Line();
        Report.Line($"| | false suspicions of healthy members | false failures seen by healthy members | by starved members | starved members declared dead by healthy ones |");
        Report.Line($"| --- | --- | --- | --- | --- |");
        for (var i = 0; i < clusters.Length; i++)
        {
            var starved = clusters[i].Members.TakeLast(victims).Select(m => m.Name).ToHashSet();
            var seen = clusters[i].Since(began[i]);
            var failures = seen.Where(s => s.Kind == SightingKind.Failed).ToArray();
            Report.Line($"| {clusters[i].Title} | {seen.Count(s => s.Kind == SightingKind.Refuted && !starved.Contains(s.Observer))} | {failures.Count(s => !starved.Contains(s.Subject) && !starved.Contains(s.Observer))} | {failures.Count(s => !starved.Contains(s.Subject) && starved.Contains(s.Observer))} | {failures.Count(s => starved.Contains(s.Subject) && !starved.Contains(s.Observer))} |");
        }
    }

    private static async Task StarveOneAsync(MemberProcess[] victims, TimeSpan duration, Random random)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < duration)
        {
            Array.ForEach(victims, v => v.Signal("STOP"));
            await Task.Delay(TimeSpan.FromSeconds(1 + (5 * random.NextDouble())), TimeProvider.System);
            Array.ForEach(victims, v => v.Signal("CONT"));
            await Task.Delay(TimeSpan.FromSeconds(0.05 + (0.45 * random.NextDouble())), TimeProvider.System);
        }
    }

    private static async Task KillAsync(ComparedCluster[] clusters, int kills, int seed)
    {
        var detections = await Task.WhenAll(clusters.Select(async cluster =>
        {
            var random = new Random(seed);
            var took = new List<double>();
            for (var i = 0; i < kills; i++)
            {
                // The first member is whom the others join; and some time in between, so that kills fall on any moment of a probe.
                var victim = cluster.Members[1 + random.Next(cluster.Members.Count - 1)];
                took.Add((await cluster.KillAsync(victim)).TotalSeconds);
                Report.Progress($"{cluster.Title}: {victim.Name} killed, declared dead by all after {took[^1]:F2} s");
                await Task.Delay(TimeSpan.FromSeconds(1 + (2 * random.NextDouble())), TimeProvider.System);
            }

            return took;
        }));
        Report.Line();
        Report.Line($"## {kills} members killed, one after the other");
        Report.Line();
        Report.Line($"From SIGKILL until the last survivor has declared the member dead; then it is started again under its name and port.");
        Report.Line();
        Report.Line($"| | median s | worst s | best s | all |");
        Report.Line($"| --- | --- | --- | --- | --- |");
        for (var i = 0; i < clusters.Length; i++)
        {
            Report.Line($"| {clusters[i].Title} | {Report.Median(detections[i]):F2} | {detections[i].Max():F2} | {detections[i].Min():F2} | {string.Join(' ', detections[i].Select(d => d.ToString("F1", System.Globalization.CultureInfo.InvariantCulture)))} |");
        }
    }
}
