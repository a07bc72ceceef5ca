using System.Net.Sockets;

namespace ChittyChat.Peer.Grid;

/// <summary>The TCP connection of one link: one loop reads, one writes what is queued.</summary>
internal sealed class LinkConnection(Socket socket) : IDisposable
{
    private const int BatchSize = 64 * 1024;

    private readonly LinkQueue _queue = new(GridRules.QueueLines, GridRules.QueueBytes);
    private readonly LineBuffer _received = new(GridRules.LongestLine + MostOfHeader);

    // "msg 65535 "
    private const int MostOfHeader = 16;

    /// <summary>Queues bytes; false when there is no room.</summary>
    public bool TrySend(byte[] bytes) => _queue.TryAdd(bytes);

    /// <summary>Ends the connection as it is.</summary>
    public void Dispose()
    {
        _queue.End();
        socket.Dispose();
    }

    /// <summary>Gives what is received to <paramref name="take"/> until the connection ends; returns why.</summary>
    public async Task<string> ReadAsync(Action<LineBuffer> take)
    {
        try
        {
            while (true)
            {
                var count = await socket.ReceiveAsync(_received.Free());
                if (count == 0)
                {
                    return "it has closed the connection";
                }

                _received.Commit(count);
                take(_received);
                if (_received.IsTooLong)
                {
                    return "it sends a line without an end";
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return e is SocketException { SocketErrorCode: SocketError.ConnectionReset } ? "the connection is reset" : e.Message;
        }
    }

    /// <summary>Writes what is queued, many lines at once, until the connection ends.</summary>
    public async Task WriteAsync()
    {
        try
        {
            var batch = new byte[BatchSize];
            while (await _queue.WaitAsync())
            {
                var length = 0;
                byte[]? item;
                while (_queue.TryPeek(out item) && length + item.Length <= batch.Length)
                {
                    item.CopyTo(batch, length);
                    length += item.Length;
                    _queue.Skip();
                }

                if (length > 0)
                {
                    await socket.SendAllAsync(batch.AsMemory(0, length));
                }
                else if (item is not null)
                {
                    await socket.SendAllAsync(item);
                    _queue.Skip();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The reading loop sees the end too, and says why. A connection that can be read only is of no use.
            socket.Dispose();
        }
    }
}
