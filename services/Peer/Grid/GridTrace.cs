using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace ChittyChat.Peer.Grid;

/// <summary>
/// Tells on standard error what happens to the links. Nobody may read it: lines wait in a bounded queue, and when that is full, new ones are lost.
/// </summary>
internal sealed class GridTrace : IAsyncDisposable
{
    private const int Capacity = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Stream _output;
    private readonly int _id;
    private readonly TimeProvider _time;
    private readonly Task _writing;

    /// <param name="output">Where the lines go.</param>
    /// <param name="id">Of this server; begins each line.</param>
    /// <param name="time">The clock.</param>
    public GridTrace(Stream output, int id, TimeProvider time)
    {
        (_output, _id, _time) = (output, id, time);
        _writing = WriteAsync();
    }

    /// <summary>Queues a line.</summary>
    public void Tell(string text) => _lines.Writer.TryWrite(text);

    /// <summary>Writes what waits, unless nobody reads it.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(Patience, _time));
    }

    private async Task WriteAsync()
    {
        await foreach (var text in _lines.Reader.ReadAllAsync())
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow():HH:mm:ss.fff} grid {_id}: {text}\n");
            try
            {
                await _output.WriteAsync(Encoding.UTF8.GetBytes(line));
            }
            catch (IOException)
            {
                // Nobody reads it any more.
                return;
            }
        }
    }
}
