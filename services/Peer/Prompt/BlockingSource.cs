using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// What a blocking source gives, read by a thread of its own. Nothing can interrupt such a read (of a terminal, of a pipe), so the thread ends
/// with the source or with the process.
/// </summary>
/// <param name="source">Its enumeration may block.</param>
/// <param name="name">Of the thread.</param>
/// <param name="ahead">So many items are read ahead; then the thread waits until one is taken.</param>
internal sealed class BlockingSource<T>(IEnumerable<T> source, string name, int ahead) : IDisposable
{
    private readonly SemaphoreSlim _places = new(ahead);

    // Never full: the thread takes one of the places before it writes.
    private readonly Channel<T> _items = Channel.CreateBounded<T>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });

    public void Start() => new Thread(Read) { IsBackground = true, Name = name }.Start();

    /// <summary>Waits for an item; false when the source has ended. An exception of the source is thrown here.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _items.Reader.WaitToReadAsync(cancellationToken);

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (!_items.Reader.TryRead(out item))
        {
            return false;
        }

        _places.Release();
        return true;
    }

    public void Dispose() => _places.Dispose();

    private void Read()
    {
        try
        {
            foreach (var item in source)
            {
                _places.Wait();
                _items.Writer.TryWrite(item);
            }

            _items.Writer.TryComplete();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The input is gone (a closed terminal), or this was disposed meanwhile.
            _items.Writer.TryComplete(e);
        }
    }
}
