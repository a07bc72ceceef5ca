using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Peer.Grid;

/// <summary>TCP on the loopback address, as the grid needs it.</summary>
internal static class Sockets
{
    private const int Backlog = 512;

    /// <summary>Listens on a port; waits a little for a predecessor that is about to end.</summary>
    /// <exception cref="SocketException">The port cannot be had.</exception>
    public static async Task<Socket> ListenAsync(int port, TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var socket = New();
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                socket.Listen(Backlog);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (e.SocketErrorCode != SocketError.AddressAlreadyInUse || time.GetElapsedTime(start) >= GridRules.Bind)
                {
                    throw;
                }
            }

            await Task.Delay(GridRules.BindRetry, time);
        }
    }

    /// <summary>Connects to a port; null when nobody listens there. Does not throw: most attempts fail while most of a grid is not running.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "Disposed unless it is what the caller gets.")]
    public static async Task<Socket?> TryConnectAsync(int port, TimeProvider time)
    {
        var socket = New();
        using var attempt = new SocketAsyncEventArgs { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, port) };
        var result = new TaskCompletionSource<SocketError>(TaskCreationOptions.RunContinuationsAsynchronously);
        attempt.Completed += (_, done) => result.TrySetResult(done.SocketError);
        if (!socket.ConnectAsync(attempt))
        {
            result.TrySetResult(attempt.SocketError);
        }

        await using (time.CreateTimer(_ => Socket.CancelConnectAsync(attempt), null, GridRules.Connect, Timeout.InfiniteTimeSpan))
        {
            // A port that is free and that the system gives to this very attempt is connected to itself.
            if (await result.Task == SocketError.Success && !socket.RemoteEndPoint!.Equals(socket.LocalEndPoint))
            {
                return socket;
            }
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Sends all of it.</summary>
    /// <exception cref="SocketException">The connection has ended.</exception>
    public static async ValueTask SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static Socket New() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
