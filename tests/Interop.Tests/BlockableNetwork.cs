using System.Net;
using System.Net.Sockets;
using ChittyChat.Membership;

namespace ChittyChat.Interop.Tests;

/// <summary>UDP and TCP on one port of loopback, of which each can be blocked in both directions, as a firewall does.</summary>
internal sealed class BlockableNetwork : ITransport
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly UdpClient _datagrams;

    public BlockableNetwork()
    {
        _listener.Start();
        LocalEndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _datagrams = new UdpClient(LocalEndPoint);
    }

    public bool BlocksDatagrams { get; set; }

    public bool BlocksStreams { get; set; }

    public IPEndPoint LocalEndPoint { get; }

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        if (!BlocksDatagrams)
        {
            _datagrams.Send(datagram, destination);
        }
    }

    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var received = await _datagrams.ReceiveAsync(cancellationToken);
            if (!BlocksDatagrams)
            {
                received.Buffer.CopyTo(buffer);
                return new ReceivedDatagram(received.Buffer.Length, received.RemoteEndPoint);
            }
        }
    }

    public async Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken)
    {
        if (BlocksStreams)
        {
            throw new IOException("Streams are blocked.");
        }

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
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(cancellationToken);
            if (!BlocksStreams)
            {
                return new AcceptedConnection(client.GetStream(), (IPEndPoint)client.Client.RemoteEndPoint!);
            }

            client.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _datagrams.Dispose();
        return ValueTask.CompletedTask;
    }
}
