using System.Net;

namespace ChittyChat.Membership;

/// <summary>
/// The network under a node: datagrams and streams on one address. The default is UDP and TCP on one port (<see cref="Net.SocketTransport"/>); a simulated
/// network or TLS can take its place.
/// </summary>
/// <remarks>
/// Whatever exception a method throws, the node takes it for a failure of the network: logs it, and goes on. After a failed accept or receive
/// it waits a moment and tries again. Both have to end when their token is cancelled, or with <see cref="ObjectDisposedException"/> when this is disposed.
/// </remarks>
public interface ITransport : IAsyncDisposable
{
    /// <summary>The address both kinds of traffic arrive at, with the port that was chosen.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>Sends a datagram. Delivery is not promised; must not block. Called by one sender at a time.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The local network stack refused it.</exception>
    void Send(ReadOnlySpan<byte> datagram, IPEndPoint destination);

    /// <summary>Waits for the next datagram. Called by one reader only.</summary>
    /// <param name="buffer">At least 65,536 bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Opens a stream to another node. Called by many at a time.</summary>
    /// <exception cref="IOException">The other side cannot be reached.</exception>
    Task<Stream> ConnectAsync(IPEndPoint destination, CancellationToken cancellationToken);

    /// <summary>Waits for the next stream that another node opens. Called by one acceptor only.</summary>
    Task<AcceptedConnection> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether to serve a stream that was accepted, asked when its first message has told who opened it: its address does not, as the port is any free one.
    /// The default serves everybody; a network that plays a partition does not.
    /// </summary>
    /// <param name="member">
    /// The name of the member that opened the stream: the one that pings, or the first one of an exchanged state, which is the sender in this library
    /// (memberlist writes its members in any order).
    /// </param>
    bool Serves(string member) => true;
}

/// <summary>A datagram that arrived.</summary>
/// <param name="Length">How many bytes of the buffer it fills.</param>
/// <param name="From">Who sent it.</param>
public readonly record struct ReceivedDatagram(int Length, IPEndPoint From);

/// <summary>A stream that another node opened.</summary>
/// <param name="Stream">The stream; the receiver disposes it.</param>
/// <param name="From">Who opened it.</param>
public readonly record struct AcceptedConnection(Stream Stream, IPEndPoint From);
