using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ChittyChat.Chat.Bench;

/// <summary>Starts the processes, tells them what to do, and prints what they measured.</summary>
internal static class Coordinator
{
    private const int Bytes = 60;
    private const string Usage = "usage: Chat.Bench [receivers=10,50] [processes=2] [rate=500] [seconds=10] [messages=200000] [rounds=3]";

    private static readonly string[] Settings = ["receivers", "processes", "rate", "seconds", "messages", "rounds"];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help" or "-h", ..])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        var options = new Dictionary<string, string>();
        foreach (var argument in args)
        {
            if (argument.Split('=', 2) is not [var name, var value] || !Settings.Contains(name) || !options.TryAdd(name, value)
                || !Array.TrueForAll(value.Split(','), v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                || (name != "receivers" && value.Contains(',', StringComparison.Ordinal)))
            {
                await Console.Error.WriteLineAsync($"'{argument}' is not a setting.\n{Usage}");
                return 2;
            }
        }

        var processes = Option("processes", 2);
        Console.WriteLine($"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
            + $"publisher and receivers in 1 + {processes} processes, gRPC over HTTP/2 on loopback, each receiver writes its log into a file.");
        foreach (var receivers in options.GetValueOrDefault("receivers", "10,50").Split(',').Select(r => int.Parse(r, CultureInfo.InvariantCulture)))
        {
            await using var crowd = await Crowd.StartAsync(receivers, processes);
            await crowd.PaceAsync(Option("rate", 500), 3, Bytes);
            for (var round = 0; round < Option("rounds", 3); round++)
            {
                Console.WriteLine(await crowd.PaceAsync(Option("rate", 500), Option("seconds", 10), Bytes));
            }

            await crowd.FloodAsync(20_000, Bytes);
            for (var round = 0; round < Option("rounds", 3); round++)
            {
                Console.WriteLine(await crowd.FloodAsync(Option("messages", 200_000), Bytes));
            }
        }

        return 0;

        int Option(string name, int otherwise) => options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    private sealed class Crowd : IAsyncDisposable
    {
        private readonly int _receivers;
        private readonly string _directory = Directory.CreateTempSubdirectory("chat-bench-").FullName;
        private readonly List<Worker> _workers = [];
        private readonly Worker _publisher = new("publisher");

        private Crowd(int receivers, int processes)
        {
            _receivers = receivers;
            for (var i = 0; i < processes; i++)
            {
                var count = receivers / processes + (i < receivers % processes ? 1 : 0);
                _workers.Add(new Worker("receivers", count.ToString(CultureInfo.InvariantCulture), _directory));
            }
        }

        public static async Task<Crowd> StartAsync(int receivers, int processes)
        {
            var crowd = new Crowd(receivers, processes);
            var publisher = (await crowd._publisher.AnswerAsync())[0];
            List<string> addresses = [];
            foreach (var worker in crowd._workers)
            {
                addresses.AddRange(await worker.AnswerAsync());
                worker.Tell(publisher);
                await worker.AnswerAsync();
            }

            foreach (var address in addresses)
            {
                crowd._publisher.Tell(address);
            }

            crowd._publisher.Tell("join");
            await crowd._publisher.AnswerAsync();
            return crowd;
        }

        public async Task<string> PaceAsync(int rate, int seconds, int bytes)
        {
            await RestartAsync("latency");
            var before = await CpuAsync();
            _publisher.Tell($"pace {rate} {seconds} {bytes}");
            await _publisher.AnswerAsync();
            var (received, _, latency) = await ResultAsync(rate * seconds);
            var after = await CpuAsync();
            return $"{_receivers} receivers, {rate} messages/s of {bytes} bytes: Publish to Deliver "
                + $"p50 {Quantile(latency, 0.5)} ms, p95 {Quantile(latency, 0.95)} ms, p99 {Quantile(latency, 0.99)} ms, p99.9 {Quantile(latency, 0.999)} ms "
                + $"({received} of {(long)rate * seconds * _receivers} delivered; CPU per message: publisher {(after.Publisher - before.Publisher) / (rate * seconds)} µs, "
                + $"each receiver {(after.Receivers - before.Receivers) / (rate * seconds * _receivers)} µs)";
        }

        public async Task<string> FloodAsync(int messages, int bytes)
        {
            await RestartAsync("flood");
            _publisher.Tell($"flood {messages} {bytes}");
            var start = long.Parse((await _publisher.AnswerAsync())[0].Split(' ')[1], CultureInfo.InvariantCulture);
            var (received, written, _) = await ResultAsync(messages);
            var elapsed = (written - start) / 1e6;
            return string.Create(CultureInfo.InvariantCulture,
                $"{_receivers} receivers, flood of {bytes}-byte messages: {received / elapsed:N0} deliveries/s ({received} of {(long)messages * _receivers} delivered in {elapsed:F2} s)");
        }

        public async ValueTask DisposeAsync()
        {
            await _publisher.DisposeAsync();
            foreach (var worker in _workers)
            {
                await worker.DisposeAsync();
            }

            Directory.Delete(_directory, recursive: true);
        }

        private async Task<(long Publisher, long Receivers)> CpuAsync()
        {
            long receivers = 0;
            foreach (var worker in _workers)
            {
                receivers += await CpuAsync(worker);
            }

            return (await CpuAsync(_publisher), receivers);
        }

        private static async Task<long> CpuAsync(Worker worker)
        {
            worker.Tell("cpu");
            return long.Parse((await worker.AnswerAsync())[0].Split(' ')[1], CultureInfo.InvariantCulture);
        }

        private async Task RestartAsync(string what)
        {
            foreach (var worker in _workers)
            {
                worker.Tell($"restart {what}");
                await worker.AnswerAsync();
            }
        }

        private async Task<(long Received, long Written, SortedDictionary<int, long> Latency)> ResultAsync(long messages)
        {
            long received = 0, written = 0;
            SortedDictionary<int, long> latency = [];
            foreach (var worker in _workers)
            {
                worker.Tell($"await {messages}");
                foreach (var words in (await worker.AnswerAsync()).Select(l => l.Split(' ')))
                {
                    var number = long.Parse(words[1], CultureInfo.InvariantCulture);
                    switch (words[0])
                    {
                        case "messages":
                            received += number;
                            break;
                        case "written":
                            written = Math.Max(written, number);
                            break;
                        default:
                            latency[(int)number] = latency.GetValueOrDefault((int)number) + long.Parse(words[2], CultureInfo.InvariantCulture);
                            break;
                    }
                }
            }

            return (received, written, latency);
        }

        private static string Quantile(SortedDictionary<int, long> latency, double quantile)
        {
            var rank = (long)(latency.Values.Sum() * quantile);
            foreach (var (microseconds, count) in latency)
            {
                rank -= count;
                if (rank < 0)
                {
                    return (microseconds / 1e3).ToString("F2", CultureInfo.InvariantCulture);
                }
            }

            return "-";
        }
    }

    // A process that answers each order with lines, of which the last is "end".
    private sealed class Worker : IAsyncDisposable
    {
        private readonly Process _process;

        public Worker(params IEnumerable<string> arguments)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            {
                start.ArgumentList.Add(typeof(Coordinator).Assembly.Location);
            }

            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            _process = Process.Start(start)!;
        }

        public void Tell(string line)
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }

        public async Task<List<string>> AnswerAsync()
        {
            List<string> lines = [];
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line == "end")
                {
                    return lines;
                }

                lines.Add(line);
            }

            throw new InvalidOperationException("A process of the benchmark has ended early.");
        }

        public async ValueTask DisposeAsync()
        {
            _process.StandardInput.Close();
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
            try
            {
                await _process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }
}
