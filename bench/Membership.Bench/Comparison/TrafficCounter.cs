using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Membership.Bench.Comparison;

/// <summary>What a cluster has put on the network, headers of IP included.</summary>
/// <param name="Datagrams">UDP datagrams.</param>
/// <param name="DatagramBytes">The bytes in them and in their headers.</param>
/// <param name="StreamBytes">The bytes of all TCP packets, with their headers.</param>
internal readonly record struct Traffic(long Datagrams, long DatagramBytes, long StreamBytes)
{
    public static Traffic operator -(Traffic later, Traffic earlier) =>
        new(later.Datagrams - earlier.Datagrams, later.DatagramBytes - earlier.DatagramBytes, later.StreamBytes - earlier.StreamBytes);
}

/// <summary>
/// Counts what passes the loopback interface by ports, so that both clusters are measured by the same third party. Needs the right to open raw sockets.
/// </summary>
internal sealed class TrafficCounter : IDisposable
{
    private const int ReceiveBuffer = 8 << 20;
    private readonly Dictionary<int, int> _clusterOfPort = [];
    private readonly Traffic[] _traffic;
    private readonly Lock _gate = new();
    private readonly Socket _datagrams;
    private readonly Socket _streams;

    public TrafficCounter(IReadOnlyList<ComparedCluster> clusters)
    {
        _traffic = new Traffic[clusters.Count];
        for (var i = 0; i < clusters.Count; i++)
        {
            foreach (var member in clusters[i].Members)
            {
                _clusterOfPort.Add(member.Port, i);
            }
        }

        _datagrams = Open(ProtocolType.Udp);
        _streams = Open(ProtocolType.Tcp);
        new Thread(() => Count(_datagrams, isStream: false)) { IsBackground = true }.Start();
        new Thread(() => Count(_streams, isStream: true)) { IsBackground = true }.Start();
    }

    public Traffic this[int cluster]
    {
        get
        {
            lock (_gate)
            {
                return _traffic[cluster];
            }
        }
    }

    public void Dispose()
    {
        _datagrams.Dispose();
        _streams.Dispose();
    }

    private static Socket Open(ProtocolType protocol)
    {
        try
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, protocol) { ReceiveBufferSize = ReceiveBuffer };
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException("Traffic is counted on raw sockets, which only root (or CAP_NET_RAW) may open.", e);
        }
    }

    private void Count(Socket socket, bool isStream)
    {
        var packet = new byte[65_536];
        while (true)
        {
            int length;
            try
            {
                length = socket.Receive(packet);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            // The IP header, whose length is in its first byte, then two ports.
            var ports = packet.AsSpan(4 * (packet[0] & 0x0F));
            if (_clusterOfPort.TryGetValue(BinaryPrimitives.ReadUInt16BigEndian(ports), out var cluster)
                || _clusterOfPort.TryGetValue(BinaryPrimitives.ReadUInt16BigEndian(ports[2..]), out cluster))
            {
                lock (_gate)
                {
                    ref var traffic = ref _traffic[cluster];
                    traffic = isStream
                        ? traffic with { StreamBytes = traffic.StreamBytes + length }
                        : traffic with { Datagrams = traffic.Datagrams + 1, DatagramBytes = traffic.DatagramBytes + length };
                }
            }
        }
    }
}
