using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Membership.Net;

/// <summary>UDP and TCP on one port.</summary>
public sealed class SocketTransport : ITransport
{
    // A port that is free for TCP need not be free for UDP.
    private const int Attempts = 32;
    private const int ReceiveBuffer = 2 * 1024 * 1024;
    private const int CacheLimit = 4096;

    private readonly Socket _datagrams;
    private readonly Socket _listener;
    private readonly SocketAddress _received;
    private readonly Dictionary<SocketAddress, IPEndPoint> _senders = [];
    private readonly Dictionary<IPEndPoint, SocketAddress> _destinations = [];

    private SocketTransport(Socket datagrams, Socket listener)
    {
        _datagrams = datagrams;
        _listener = listener;
        _received = new SocketAddress(datagrams.AddressFamily);
        LocalEndPoint = (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Binds UDP and TCP to one port.</summary>
    /// <param name="address">The local address; <see cref="IPAddress.IPv6Any"/> takes IPv4 as well.</param>
    /// <param name="port">The port; 0 takes one that is free for both.</param>
    /// <exception cref="MembershipException">The port is in use, or the address is not one of this machine.</exception>
    public static SocketTransport Bind(IPAddress address, int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var datagrams = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                if (address.Equals(IPAddress.IPv6Any))
                {
                    listener.DualMode = datagrams.DualMode = true;
                }

                listener.Bind(new IPEndPoint(address, port));
                datagrams.Bind(listener.LocalEndPoint!);
                listener.Listen(128);
                datagrams.Blocking = false;
                datagrams.ReceiveBufferSize = ReceiveBuffer;
                return new SocketTransport(datagrams, listener);
            }
            catch (SocketException e)
            {
                listener.Dispose();
                datagrams.Dispose();
                if (port != 0 || e.SocketErrorCode != SocketError.AddressAlreadyInUse || attempt == Attempts)
                {
                    throw new MembershipException($"Cannot listen on {new IPEndPoint(address, port)} for UDP and TCP: {e.Message}.", e);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        if (!_destinations.TryGetValue(destination, out var address))
        {
            Limit(_destinations);
            address = Routable(destination).Serialize();
            _destinations.Add(destination, address);
        }

        try
        {
            _datagrams.SendTo(datagram, SocketFlags.None, address);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
        {
            // The send buffer is full: the datagram is lost as it could be anywhere on its way.
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var length = await _datagrams.ReceiveFromAsync(buffer, SocketFlags.None, _received, cancellationToken);
        if (!_senders.TryGetValue(_received, out var from))
        {
            Limit(_senders);
            from = (IPEndPoint)LocalEndPoint.Create(_received);
            from = from.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(from.Address.MapToIPv4(), from.Port) : from;
            var key = new SocketAddress(_received.Family, _received.Size);
            _received.Buffer.Span[.._received.Size].CopyTo(key.Buffer.Span);
            _senders.Add(key, from);
        }

        return new ReceivedDatagram(length, from);
    }

    /// <inheritdoc/>
    public async Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken)
    {
        if (_datagrams.AddressFamily == AddressFamily.InterNetwork && destination.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // A stream would get there, and everything else would be lost.
            throw new IOException($"Datagrams from {LocalEndPoint} do not reach IPv6: bind the node to an IPv6 address, or to {nameof(IPAddress)}.{nameof(IPAddress.IPv6Any)} for both.");
        }

        Socket? socket = null;
        try
        {
            socket = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(destination, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            socket = null;
            return stream;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        var socket = await _listener.AcceptAsync(cancellationToken);
        socket.NoDelay = true;
        return new AcceptedConnection(new NetworkStream(socket, ownsSocket: true), (IPEndPoint)socket.RemoteEndPoint!);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _datagrams.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private IPEndPoint Routable(IPEndPoint destination) =>
        _datagrams.AddressFamily == AddressFamily.InterNetworkV6 && destination.AddressFamily == AddressFamily.InterNetwork
            ? new IPEndPoint(destination.Address.MapToIPv6(), destination.Port)
            : destination;

    // The caches only save allocations; one that is full starts over.
    private static void Limit<TKey, TValue>(Dictionary<TKey, TValue> cache) where TKey : notnull
    {
        if (cache.Count >= CacheLimit)
        {
            cache.Clear();
        }
    }
}
