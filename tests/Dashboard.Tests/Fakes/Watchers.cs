using System.Threading.Channels;
using Grpc.Core;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>The open calls of a streaming method of a fake. Each gets what its beginning is, and all that is told from then on.</summary>
/// <param name="gate">Guards the fake's state, so that a call's beginning and what is told fit together.</param>
internal sealed class Watchers<T>(Lock gate)
{
    private readonly HashSet<ChannelWriter<T>> _open = [];

    /// <summary>Called under the gate.</summary>
    public void Tell(T news)
    {
        foreach (var watcher in _open)
        {
            watcher.TryWrite(news);
        }
    }

    /// <summary>Serves one call until it ends. <paramref name="begin"/> is called under the gate.</summary>
    public async Task ServeAsync(Func<IEnumerable<T>> begin, IServerStreamWriter<T> responseStream, ServerCallContext context)
    {
        var news = Channel.CreateBounded<T>(10_000);
        lock (gate)
        {
            foreach (var first in begin())
            {
                news.Writer.TryWrite(first);
            }

            _open.Add(news.Writer);
        }

        try
        {
            await foreach (var next in news.Reader.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(next, context.CancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher or the server is gone.
        }
        finally
        {
            lock (gate)
            {
                _open.Remove(news.Writer);
            }
        }
    }
}
