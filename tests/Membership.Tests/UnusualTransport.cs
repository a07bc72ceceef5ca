using System.Net;
using ChittyChat.Membership.Net;

namespace ChittyChat.Membership.Tests;

/// <summary>Sockets that fail now and then with exceptions that sockets do not have, as TLS or a defect would.</summary>
internal sealed class UnusualTransport(SocketTransport inner) : ITransport
{
    private int _accepts;
    private int _receives;

    public bool FailsToSend { get; set; }

    public bool FailsToConnect { get; set; }

    /// <summary>Whether the sockets outlive this.</summary>
    public bool StaysOpen { get; init; }

    public bool IsDisposed { get; private set; }

    public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination)
    {
        if (FailsToSend)
        {
            throw new InvalidOperationException("Nothing can be sent.");
        }

        inner.Send(datagram, destination);
    }

    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _receives++ == 0 ? throw new InvalidOperationException("Nothing can be received.") : inner.ReceiveAsync(buffer, cancellationToken);

    public Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken) =>
        FailsToConnect ? throw new InvalidOperationException("The certificate is wrong.") : inner.ConnectAsync(destination, cancellationToken);

    public Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken) =>
        _accepts++ == 0 ? throw new InvalidOperationException("The certificate is missing.") : inner.AcceptAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return StaysOpen ? ValueTask.CompletedTask : inner.DisposeAsync();
    }
}
