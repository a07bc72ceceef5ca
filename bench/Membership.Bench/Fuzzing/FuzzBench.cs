using ChittyChat.Simulation.Fuzzing;

namespace ChittyChat.Membership.Bench.Fuzzing;

/// <summary>Millions of damaged messages into the packet and the stream entry of a node; ends with the first that does harm.</summary>
internal static class FuzzBench
{
    private const int Reports = 10;

    // In these a cut leaves whole messages, which count: the parts in front of it, and user payloads, which are whatever they are.
    private static readonly string[] MeaningfulWhenCut = ["compound", "nested compound", "compound of compressed", "user"];

    public static Task<int> RunAsync(Settings settings)
    {
        var (inputs, seed) = (settings.Long("inputs", 10_000_000), settings.Int("seed", 1));
        Report.Line($"# Fuzzing: {inputs} inputs");
        Report.Line();
        Report.Machine($"fuzz inputs={inputs} seed={seed}");
        Report.Line($"* Sound messages of every kind and layer, damaged before or after checksum and encryption (bits, lengths, ends, pieces of others), three quarters as datagrams, one quarter as streams, into a node with and a node without keys; every sixteenth time some time passes. After each input: no exception has escaped, and no more than 8 MiB and some for each of its bytes was allocated; after each pause: the node still knows itself, the table keeps its limit, the queues are bounded.");
        Cut();
        Damage(inputs, seed);
        Report.Line();
        Report.Line($"Load average at the end: {Report.LoadAverage()}");
        return Task.FromResult(0);
    }

    private static void Cut()
    {
        var cuts = 0;
        foreach (var (kind, bytes, isStream) in MessageCorpus.Datagrams.Select(d => (d.Key, d.Value, false)).Concat(MessageCorpus.Streams.Select(s => (s.Key, s.Value, true))))
        {
            for (var length = 0; length < bytes.Length && (isStream || !MeaningfulWhenCut.Contains(kind)); length++)
            {
                foreach (var encrypted in new[] { false, true })
                {
                    var target = new FuzzTarget(new Random(1), encrypted);
                    var (effects, table) = (target.Effects, string.Join(' ', target.Core.Members));
                    if (isStream)
                    {
                        target.TakeStream(target.SealStream(bytes.AsSpan(0, length)));
                    }
                    else
                    {
                        target.TakeDatagram(target.Seal(bytes.AsSpan(0, length), checksum: false));
                    }

                    cuts++;
                    if (target.Effects != effects || string.Join(' ', target.Core.Members) != table)
                    {
                        throw new InvalidOperationException($"'{kind}' had an effect although only {length} of its {bytes.Length} bytes were there.");
                    }
                }
            }
        }

        Report.Line();
        Report.Line($"Every kind cut off at every byte, {cuts} inputs: no effect.");
    }

    private static void Damage(long inputs, int seed)
    {
        Report.Line();
        Report.Line($"| inputs | inputs/s | memory after collection, MB |");
        Report.Line($"| --- | --- | --- |");
        var campaign = new FuzzCampaign(seed);
        for (var i = 1; i <= Reports; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            campaign.Run((inputs * i / Reports) - campaign.Inputs);
            var rate = inputs / Reports / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            Report.Line($"| {campaign.Inputs} | {rate:F0} | {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F2} |");
            Report.Progress($"{campaign.Inputs} inputs");
        }

        Report.Line();
        Report.Line($"No exception, {campaign.Effects} effects of what was still sound, at most {campaign.MostAllocated} bytes allocated for one input. Dropped, by reason: {string.Join(", ", campaign.Dropped.OrderByDescending(d => d.Value).Select(d => $"{d.Key} {d.Value}"))}.");
    }
}
