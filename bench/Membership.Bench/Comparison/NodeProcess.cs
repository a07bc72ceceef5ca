using System.Globalization;
using ChittyChat.Membership.Serf;

namespace ChittyChat.Membership.Bench.Comparison;

/// <summary>One member of this library as a process: prints what it sees, one line each, until its input ends.</summary>
internal static class NodeProcess
{
    public static async Task<int> RunAsync(string name, int port, string[] seeds)
    {
        var options = MembershipOptions.Lan();
        (options.Name, options.Port) = (name, port);
        var seed = int.Parse(name.AsSpan().TrimStart('m'), CultureInfo.InvariantCulture) + (Environment.ProcessId * 1000);
        await using var node = await SerfNode.StartAsync(options, new Dictionary<string, string>(), TimeProvider.System, new Random(seed));
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(node, stop.Token);
        if (seeds.Length > 0)
        {
            await node.JoinAsync(seeds);
        }

        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadToEndAsync();
        await stop.CancelAsync();
        await watching;
        return 0;
    }

    private static async Task WatchAsync(SerfNode node, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in node.Node.WatchAsync(cancellationToken))
            {
                var word = change.Kind switch
                {
                    MemberEventKind.Joined => "joined",
                    MemberEventKind.Failed => "failed",
                    MemberEventKind.Refuted when change.Member.Name == node.Node.Self.Name && change.Reason != MemberEventReason.PreviousLife => "refuted",
                    _ => null,
                };
                if (word is not null)
                {
                    await Console.Out.WriteLineAsync($"{word} {change.Member.Name}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The input has ended.
        }
    }
}
