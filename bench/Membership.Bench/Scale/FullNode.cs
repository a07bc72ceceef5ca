using System.Diagnostics;
using System.Globalization;
using System.Net;
using ChittyChat.Membership.Serf;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Bench.Scale;

/// <summary>The memory of one whole node that knows many members, each heard of by a message of its own.</summary>
internal static class FullNode
{
    /// <summary>Measures in a process of its own, where nothing else has used memory.</summary>
    public static async Task<string> MeasureApartAsync(int members, int metadata, string kind)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(FullNode).Assembly.Location, "full-node", $"{members}", $"{metadata}", kind]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }

    /// <summary>Prints the bytes for each known member while all are still to be gossiped, and when that is done.</summary>
    /// <param name="members">How many.</param>
    /// <param name="metadata">The bytes of metadata of each.</param>
    /// <param name="asSerf">Whether with the Serf layer.</param>
    public static async Task<int> RunAsync(int members, int metadata, bool asSerf)
    {
        // Nobody is probed, and the news is got rid of quickly.
        var options = MembershipOptions.Lan();
        (options.Name, options.ProbeInterval, options.PushPullInterval, options.RejoinInterval) = ("self", TimeSpan.FromHours(2), TimeSpan.Zero, TimeSpan.Zero);
        (options.GossipInterval, options.GossipNodes, options.DatagramSize) = (TimeSpan.FromSeconds(2), 100, 65_000);
        await using var transport = new SilentTransport();
        await using var serf = asSerf
            ? await SerfNode.StartAsync(options, new Dictionary<string, string>(), TimeProvider.System, new Random(1), transport: transport)
            : null;
        await using var plain = asSerf ? null : await MembershipNode.StartAsync(options, TimeProvider.System, new Random(1), transport: transport);
        var node = serf?.Node ?? plain!;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await node.Loop.CallAsync(
            (core, now) =>
            {
                var tags = metadata == 0 ? default : MemberTags.Encode([new("session", new string('x', metadata - 11))]);
                var writer = new ByteWriter();
                for (var i = 0; i < members; i++)
                {
                    writer.Clear();
                    writer.WriteAlive(new Member($"member-{i:00000}", new IPEndPoint(0x0100000A + (i << 8), 7946), tags, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf));
                    core.ReceivePacket(writer.Written, new IPEndPoint(IPAddress.Loopback, 7946), now);
                }

                return true;
            },
            CancellationToken.None);
        var queued = GC.GetTotalMemory(forceFullCollection: true) - before;
        while (await node.Loop.CallAsync((core, _) => core.QueuedBroadcasts, CancellationToken.None) > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }

        var atRest = GC.GetTotalMemory(forceFullCollection: true) - before;
        if (node.Members.Length != members + 1)
        {
            throw new InvalidOperationException($"The node knows {node.Members.Length} members instead of {members + 1}.");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{(double)atRest / members:F0} bytes each, {(double)queued / members:F0} while all of them are news that wait to be gossiped"));
        return 0;
    }

    /// <summary>A network on which nothing arrives.</summary>
    private sealed class SilentTransport : ITransport
    {
        public IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 7946);

        public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
        {
            // Lost.
        }

        public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return default;
        }

        public Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken) => throw new IOException("There is nobody.");

        public async Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return default;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
