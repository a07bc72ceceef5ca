using System.Net;
using System.Net.Sockets;
using ChittyChat.Membership;

namespace ChittyChat.Interop.Tests;

/// <summary>UDP and TCP on one port of loopback, of which UDP can be blocked in both directions, as a firewall does.</summary>
internal sealed class BlockedDatagrams : ITransport
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly UdpClient _datagrams;

    public BlockedDatagrams()
    {
        _listener.Start();
        LocalEndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _datagrams = new UdpClient(LocalEndPoint);
    }

    public bool IsBlocked { get; set; }

    public IPEndPoint LocalEndPoint { get; }

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        if (!IsBlocked)
        {
            _datagrams.Send(datagram, destination);
        }
    }

    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var received = await _datagrams.ReceiveAsync(cancellationToken);
            if (!IsBlocked)
            {
                received.Buffer.CopyTo(buffer);
                return new ReceivedDatagram(received.Buffer.Length, received.RemoteEndPoint);
            }
        }
    }

    public async Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(destination, cancellationToken);
            return client.GetStream();
        }
        catch (SocketException e)
        {
            client.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    public async Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        var client = await _listener.AcceptTcpClientAsync(cancellationToken);
        return new AcceptedConnection(client.GetStream(), (IPEndPoint)client.Client.RemoteEndPoint!);
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _datagrams.Dispose();
        return ValueTask.CompletedTask;
    }
}
