using System.Globalization;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Chat.Bench;

/// <summary>The process with the publisher. It is told what to do on standard input, and answers on standard output.</summary>
internal static class PublisherProcess
{
    public static async Task<int> RunAsync()
    {
        using var log = new ChatLogWriter(Stream.Null);
        await using var peer = await BenchPeer.StartAsync("publisher", log);
        Console.WriteLine(BenchPeer.Describe(peer.Self));
        Console.WriteLine("end");
        List<ChatMember> receivers = [];
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["peer", ..]:
                    receivers.Add(BenchPeer.Read(line));
                    continue;
                case ["cpu"]:
                    Console.WriteLine($"cpu {(long)Environment.CpuUsage.TotalTime.TotalMicroseconds}");
                    break;
                case ["join"]:
                    await peer.JoinAsync(receivers);
                    break;
                case ["pace", var rate, var seconds, var bytes]:
                    await PaceAsync(peer, Parse(rate), Parse(seconds), Text(bytes));
                    break;
                case ["flood", var count, var bytes]:
                    await FloodAsync(peer, Parse(count), Text(bytes));
                    break;
            }

            Console.WriteLine("end");
        }

        return 0;
    }

    private static async Task PaceAsync(BenchPeer peer, int rate, int seconds, string text)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        for (var sent = 0; sent < rate * seconds;)
        {
            await timer.WaitForNextTickAsync();
            for (var due = TimeProvider.System.GetElapsedTime(start).TotalSeconds * rate; sent < due && sent < rate * seconds; sent++)
            {
                await peer.Chat.PublishAsync(text, CancellationToken.None);
            }
        }
    }

    private static async Task FloodAsync(BenchPeer peer, int count, string text)
    {
        Console.WriteLine($"start {MeasuringLog.Now()}");
        for (var sent = 0; sent < count; sent++)
        {
            await peer.Chat.PublishAsync(text, CancellationToken.None);
        }
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private static string Text(string bytes) => new('x', Parse(bytes));
}
