using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace ChittyChat.Peer.Grid;

/// <summary>
/// What waits to be sent on one link: bounded in number and in bytes. When it is full it takes nothing more, and its link is closed. Nobody waits for
/// room, since a server that does not read must not hold up the others.
/// </summary>
internal sealed class LinkQueue(int capacity, long maxBytes)
{
    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private long _bytes;

    /// <summary>Adds something; false when there is no room, or the queue has ended.</summary>
    public bool TryAdd(byte[] item)
    {
        // One item always has room in an empty queue, however long it is.
        if (Interlocked.Add(ref _bytes, item.Length) > maxBytes + item.Length || !_waiting.Writer.TryWrite(item))
        {
            Interlocked.Add(ref _bytes, -item.Length);
            return false;
        }

        return true;
    }

    /// <summary>Waits for the next thing; false when the queue has ended.</summary>
    public ValueTask<bool> WaitAsync() => _waiting.Reader.WaitToReadAsync();

    /// <summary>Looks at the next thing.</summary>
    public bool TryPeek([NotNullWhen(true)] out byte[]? item) => _waiting.Reader.TryPeek(out item);

    /// <summary>Takes what was looked at.</summary>
    public void Skip()
    {
        if (_waiting.Reader.TryRead(out var item))
        {
            Interlocked.Add(ref _bytes, -item.Length);
        }
    }

    /// <summary>Ends the queue: what waits is dropped.</summary>
    public void End() => _waiting.Writer.TryComplete();
}
