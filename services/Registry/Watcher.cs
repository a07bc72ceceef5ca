using System.Threading.Channels;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Registry;

/// <summary>The changes that wait for one Watch call.</summary>
internal sealed class Watcher(ChangeFeed feed) : IDisposable
{
    /// <summary>How many changes may wait. A watcher that is slower still is ended, and can resume: the history is longer than this.</summary>
    public const int Capacity = 256;

    private readonly Channel<Change> _changes = Channel.CreateBounded<Change>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    /// <summary>What was offered, oldest first; then the exception that <see cref="End"/> was given.</summary>
    public IAsyncEnumerable<Change> ReadAllAsync(CancellationToken cancellationToken) => _changes.Reader.ReadAllAsync(cancellationToken);

    /// <summary>False when <see cref="Capacity"/> changes wait already.</summary>
    public bool TryOffer(Change change) => _changes.Writer.TryWrite(change);

    public void End(Exception reason) => _changes.Writer.TryComplete(reason);

    public void Dispose() => feed.Detach(this);
}
