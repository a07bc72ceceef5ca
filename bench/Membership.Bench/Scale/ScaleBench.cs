using ChittyChat.Membership.Core;

namespace ChittyChat.Membership.Bench.Scale;

/// <summary>Clusters of growing size in virtual time: how fast news spreads, and what it costs.</summary>
internal static class ScaleBench
{
    private const int Repeats = 5;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterJoin = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan AfterCrash = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(Settings settings)
    {
        var (sizes, seed) = (settings.Ints("members", 100, 1_000, 10_000), settings.Int("seed", 1));
        var lan = MembershipOptions.Lan();
        Report.Line($"# Scale: {string.Join(", ", sizes)} members in one process");
        Report.Line();
        Report.Machine($"scale members={string.Join(',', sizes)} seed={seed}");
        Report.Line($"* The production core in virtual time, one thread, memberlist's LAN preset, no loss, 0.5 to 1.5 ms for each packet, nothing compressed or encrypted. A formed cluster is the start: every core has every member in a table of its own; the immutable descriptions of the members are shared, which real nodes cannot (their memory is measured below, with all of it). At rest: {Rest.TotalSeconds} s. Then {Repeats} joins, one every {AfterJoin.TotalSeconds} s, then {Repeats} crashes at once. Times are medians of {Repeats}.");
        Report.Line($"* Models: after x rounds of gossip 1 / (1 + (n + 1) e^(-r · x)) of n members have heard. Serf's published figures are those of r = fanout / 2; the ideal epidemic has r = fanout. The suspicion of a crash lasts {lan.SuspicionMultiplier} · log10 n probe intervals at least.");
        var rows = sizes.Select(size => Measure(size, seed)).ToArray();
        Spreading(rows, lan);
        Traffic(rows);
        await MemoryAsync(rows, sizes.Max());
        Report.Line();
        Report.Line($"Load average at the end: {Report.LoadAverage()}");
        return 0;
    }

    private static Row Measure(int size, int seed)
    {
        var clock = TimeProvider.System.GetTimestamp();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var cluster = new ScaleCluster(size, seed);
        var memory = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / size / size;
        Report.Progress($"{size} members: built in {TimeProvider.System.GetElapsedTime(clock).TotalSeconds:F0} s, {memory:F0} bytes for each entry of a table");
        cluster.Run(Warmup);

        var (datagrams, bytes, streamBytes, exchanges) = (cluster.Datagrams, cluster.DatagramBytes, cluster.StreamBytes, cluster.Exchanges);
        var wall = TimeProvider.System.GetTimestamp();
        cluster.Run(Rest);
        var memberSeconds = size * Rest.TotalSeconds;
        var row = new Row
        {
            Size = size,
            EntryBytes = memory,
            Datagrams = (cluster.Datagrams - datagrams) / memberSeconds,
            DatagramBytes = (cluster.DatagramBytes - bytes) / memberSeconds,
            Exchanges = (cluster.Exchanges - exchanges) / memberSeconds,
            StreamBytes = (cluster.StreamBytes - streamBytes) / memberSeconds,
            WallPerVirtualSecond = TimeProvider.System.GetElapsedTime(wall).TotalSeconds / Rest.TotalSeconds,
            Exchange = cluster.ExchangeSize(),
        };
        Report.Progress($"{size} members: at rest, {row.WallPerVirtualSecond:F2} s for each virtual second");
        bytes = cluster.DatagramBytes;
        for (var i = 0; i < Repeats; i++)
        {
            row.Joins.Add((cluster.Join(), size + i));
            cluster.Run(AfterJoin);
        }

        row.BytesWhileJoining = (cluster.DatagramBytes - bytes) / (size * Repeats * AfterJoin.TotalSeconds);
        Report.Progress($"{size} members: joins done");
        for (var i = 0; i < Repeats; i++)
        {
            row.Crashes.Add((cluster.Crash(), size));
        }

        cluster.Run(AfterCrash);
        row.Wall = TimeProvider.System.GetElapsedTime(clock);
        row.Steps = cluster.Steps;
        Report.Progress($"{size} members: done in {row.Wall.TotalSeconds:F0} s");
        return row;
    }

    private static void Spreading(Row[] rows, MembershipOptions options)
    {
        Report.Line();
        Report.Line($"## Seconds until members know");
        Report.Line();
        Report.Line($"| members | news | 50 % | 99 % | 99.9 % | 99.99 % | all | published model, 99.99 % | measured to it | ideal model, 99.99 % | measured to it |");
        Report.Line($"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            var model = EpidemicModel.Published(0.9999, row.Size, options).TotalSeconds;
            var ideal = EpidemicModel.Ideal(0.9999, row.Size, options).TotalSeconds;
            Line("a join", row.Joins.Select(j => (j.Spread, j.Hearers, j.Spread.Began)).ToArray(), 0);
            var suspicion = Formulas.SuspicionMin(options.SuspicionMultiplier, row.Size, options.ProbeInterval).TotalSeconds;
            var detection = (Math.E / (Math.E - 1) * options.ProbeInterval.TotalSeconds) + options.ProbeInterval.TotalSeconds;
            Line("a crash, from the crash", row.Crashes.Select(c => (c.Spread, c.Hearers, c.Spread.Began)).ToArray(), detection + suspicion);
            Line("a crash, from the first that declares it", row.Crashes.Select(c => (c.Spread, c.Hearers, c.Spread.Heard.DefaultIfEmpty().Min())).ToArray(), 0);

            void Line(string news, (Spread Spread, int Hearers, TimeSpan From)[] spreads, double before)
            {
                double Until(double part) => Report.Median(spreads.Select(s => SecondsUntil(s.Spread, s.Hearers, s.From, part)));
                Report.Line($"| {row.Size} | {news} | {Until(0.5):F2} | {Until(0.99):F2} | {Until(0.999):F2} | {Until(0.9999):F2} | {Until(1):F2} | {before + model:F2} | {Until(0.9999) / (before + model):P0} | {before + ideal:F2} | {Until(0.9999) / (before + ideal):P0} |");
            }
        }

        Report.Line();
        Report.Line($"The models of a crash add to the spreading e/(e - 1) probe intervals until a member is first probed, one until that probe has failed, and the least time of a suspicion.");
    }

    // The time until so many of the hearers have heard; infinite when they have not.
    private static double SecondsUntil(Spread spread, int hearers, TimeSpan from, double part)
    {
        var needed = (int)Math.Ceiling(hearers * part);
        return spread.Heard.Count < needed ? double.PositiveInfinity : (spread.Heard.Order().ElementAt(needed - 1) - from).TotalSeconds;
    }

    private static void Traffic(Row[] rows)
    {
        Report.Line();
        Report.Line($"## Traffic of a member");
        Report.Line();
        Report.Line($"Sent by each member in each second at rest, without the headers of UDP and TCP. Datagrams are probes and gossip. Streams are the push/pulls: a whole table each way, rarer in larger clusters (memberlist's rule), compressed in real nodes.");
        Report.Line();
        Report.Line($"| members | datagrams/s | bytes/s in datagrams | the same while members join | tables/s | bytes/s on streams, plain | a table, plain and compressed | wall-clock s per virtual s | all in all |");
        Report.Line($"| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            Report.Line($"| {row.Size} | {row.Datagrams:F2} | {row.DatagramBytes:F0} | {row.BytesWhileJoining:F0} | {row.Exchanges:F4} | {row.StreamBytes:F0} | {row.Exchange.Plain} → {row.Exchange.Compressed} | {row.WallPerVirtualSecond:F3} | {row.Wall.TotalSeconds:F0} s, {row.Steps} steps |");
        }
    }

    private static async Task MemoryAsync(Row[] rows, int known)
    {
        Report.Line();
        Report.Line($"## Memory for each known member");
        Report.Line();
        foreach (var row in rows)
        {
            Report.Line($"* In the simulation of {row.Size}: {row.EntryBytes:F0} bytes for each entry in each table (descriptions shared).");
        }

        foreach (var (title, metadata, kind) in new[] { ("a node, members without metadata", 0, "plain"), ("a node, members with 100 bytes of metadata", 100, "plain"), ("a Serf node, members with 100 bytes of tags", 100, "serf") })
        {
            Report.Line($"* {title}, {known} of them, nothing shared, all layers, in a process of its own: {await FullNode.MeasureApartAsync(known, metadata, kind)}.");
        }
    }

    private sealed class Row
    {
        public int Size { get; init; }

        public double EntryBytes { get; init; }

        public double Datagrams { get; init; }

        public double DatagramBytes { get; init; }

        public double Exchanges { get; init; }

        public double StreamBytes { get; init; }

        public (int Plain, int Compressed) Exchange { get; init; }

        public double WallPerVirtualSecond { get; init; }

        public double BytesWhileJoining { get; set; }

        public TimeSpan Wall { get; set; }

        public long Steps { get; set; }

        public List<(Spread Spread, int Hearers)> Joins { get; } = [];

        public List<(Spread Spread, int Hearers)> Crashes { get; } = [];
    }
}
