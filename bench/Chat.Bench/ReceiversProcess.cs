using System.Globalization;

namespace ChittyChat.Chat.Bench;

/// <summary>A process with some receivers. It is told what to do on standard input, and answers on standard output.</summary>
internal static class ReceiversProcess
{
    public static async Task<int> RunAsync(int count, string directory)
    {
        List<MeasuringLog> logs = [];
        List<BenchPeer> peers = [];
        for (var i = 0; i < count; i++)
        {
            var name = $"r{Environment.ProcessId}-{i}";
            var log = new MeasuringLog(Path.Combine(directory, $"{name}.log"));
            var peer = await BenchPeer.StartAsync(name, log);
            logs.Add(log);
            peers.Add(peer);
            Console.WriteLine(BenchPeer.Describe(peer.Self));
        }

        Console.WriteLine("end");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            await ObeyAsync(line, peers, logs);
        }

        return 0;
    }

    private static async Task ObeyAsync(string line, List<BenchPeer> peers, List<MeasuringLog> logs)
    {
        switch (line.Split(' '))
        {
            case ["peer", ..]:
                await Task.WhenAll(peers.Select(p => p.JoinAsync(BenchPeer.Read(line))));
                break;
            case ["cpu"]:
                Console.WriteLine($"cpu {(long)Environment.CpuUsage.TotalTime.TotalMicroseconds}");
                break;
            case ["restart", var measuring]:
                logs.ForEach(l => l.Restart(measuring == "latency"));
                break;
            case ["await", var messages]:
                await WaitAsync(logs, long.Parse(messages, CultureInfo.InvariantCulture));
                Console.WriteLine($"messages {logs.Sum(l => l.Messages)}");
                Console.WriteLine($"written {logs.Max(l => l.WrittenAt)}");
                Report(logs);
                break;
        }

        Console.WriteLine("end");
    }

    // Until all have everything, or nothing more comes for two seconds.
    private static async Task WaitAsync(List<MeasuringLog> logs, long messages)
    {
        long seen = 0;
        var since = MeasuringLog.Now();
        while (logs.Any(l => l.Messages < messages) && MeasuringLog.Now() - since < 2_000_000)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            var now = logs.Sum(l => l.Messages);
            since = now == seen ? since : MeasuringLog.Now();
            seen = now;
        }
    }

    private static void Report(List<MeasuringLog> logs)
    {
        for (var bucket = 0; bucket < MeasuringLog.Buckets; bucket++)
        {
            var count = logs.Sum(l => l.Latency[bucket]);
            if (count > 0)
            {
                Console.WriteLine($"latency {bucket} {count}");
            }
        }
    }
}
