using System.Threading.Channels;
using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using Grpc.Core;

namespace ChittyChat.Registry;

/// <summary>
/// Reads the store's history and hands each change to every watcher. Reading it also lets leases run out on time.
/// The history is polled: one atomic script per <see cref="Interval"/> serves any number of watchers, sees what other instances
/// did, and cannot miss what a lost notification would.
/// </summary>
internal sealed class ChangeFeed(IMemberStore store, TimeProvider time, RegistryMetrics metrics, ILogger<ChangeFeed> logger)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>How late a change by another instance, or the end of a lease, may be seen.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>How many may watch at a time; more are refused with RESOURCE_EXHAUSTED.</summary>
    public const int MaxWatchers = 1000;

    // One poke that waits is enough: it has the store read after all that was done before. Further ones are dropped.
    private readonly Channel<bool> _pokes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // Guards the watchers together with the refusal: whoever is attached gets every change after _position.
    private readonly Lock _gate = new();
    private readonly HashSet<Watcher> _watchers = [];
    private bool _stopping;
    private string? _refusal = "The registry is starting and has not read its store yet. Try again in a second.";

    // Used by the loop alone.
    private Revision _position;
    private long? _lostAt;
    private ITimer? _timer;

    /// <summary>Why nobody can watch at the moment; null when the store was read just now.</summary>
    public string? Refusal
    {
        get
        {
            lock (_gate)
            {
                return _refusal;
            }
        }
    }

    /// <summary>Reads the store at once, because it was just changed.</summary>
    public void Poke() => _pokes.Writer.TryWrite(true);

    /// <summary>Adds a watcher; dispose it to remove it.</summary>
    /// <exception cref="StoreUnavailableException">The store is away.</exception>
    /// <exception cref="RpcException">There are too many watchers.</exception>
    public Watcher Attach()
    {
        var watcher = new Watcher(this);
        lock (_gate)
        {
            if (_refusal is not null)
            {
                throw new StoreUnavailableException(_refusal);
            }

            if (_watchers.Count >= MaxWatchers)
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, $"{MaxWatchers} watch already. Try again later, or ask another instance."));
            }

            _watchers.Add(watcher);
        }

        metrics.WatcherAdded();
        return watcher;
    }

    public void Detach(Watcher watcher)
    {
        lock (_gate)
        {
            _watchers.Remove(watcher);
        }

        metrics.WatcherRemoved();
    }

    // The store is read once before the server opens its ports: whoever can call can watch, if the store is there.
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        _timer = time.CreateTimer(_ => Poke(), null, Interval, Interval);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _timer?.Dispose();
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Before the server begins to wait for its open calls to end: those that watch never would.
    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopping = true;
        }

        EndAll("The registry is stopping. Watch again, from the last revision seen, when it is back.", refuse: true);
        return Task.CompletedTask;
    }

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _pokes.Reader.WaitToReadAsync(stoppingToken))
        {
            _pokes.Reader.TryRead(out _);
            await ReadAsync(stoppingToken);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Publish(await store.ChangesAfterAsync(_position, cancellationToken));
        }
        catch (StoreUnavailableException lost)
        {
            Lose(lost.Message);
        }
    }

    private void Publish(ChangeBatch batch)
    {
        if (_lostAt is { } lostAt)
        {
            logger.StoreBack(time.GetElapsedTime(lostAt).TotalSeconds);
            _lostAt = null;
        }

        if (!batch.IsComplete && _position != Revision.None)
        {
            logger.HistoryBroken(EndAll("The registry's history of changes is broken: its store lost data. Watch again for a snapshot.", refuse: false));
        }

        // Before the watchers are told: who has seen a change finds it counted.
        metrics.MembersKnown(batch.Members);
        var slow = Offer(batch.Changes);
        _position = batch.Revision;
        Report(batch.Changes, slow);
    }

    private int Offer(IReadOnlyList<Change> changes)
    {
        var slow = 0;
        lock (_gate)
        {
            _refusal = _stopping ? _refusal : null;
            foreach (var change in changes)
            {
                slow += _watchers.RemoveWhere(watcher => !OfferOrEnd(watcher, change));
            }
        }

        return slow;
    }

    private static bool OfferOrEnd(Watcher watcher, Change change)
    {
        if (watcher.TryOffer(change))
        {
            return true;
        }

        watcher.End(new RpcException(new Status(
            StatusCode.ResourceExhausted,
            $"This watcher reads too slowly: {Watcher.Capacity} changes were waiting for it. Watch again from the last revision seen.")));
        return false;
    }

    private void Report(IReadOnlyList<Change> changes, int slow)
    {
        foreach (var change in changes)
        {
            if (change.Kind == Change.Types.Kind.Expired)
            {
                metrics.Expired();
            }

            logger.MemberChanged(change.Kind.ToString(), change.Member.Name, change.Member.Id, change.Member.GrpcAddress, change.Revision);
        }

        if (slow > 0)
        {
            metrics.WatchersTooSlow(slow);
            logger.WatchersTooSlow(slow);
        }
    }

    private void Lose(string reason)
    {
        metrics.MembersUnknown();
        EndAll(reason, refuse: true);
        if (_lostAt is null)
        {
            _lostAt = time.GetTimestamp();
            logger.StoreLost(reason);
        }
    }

    private int EndAll(string reason, bool refuse)
    {
        lock (_gate)
        {
            _refusal = refuse ? reason : _refusal;
            foreach (var watcher in _watchers)
            {
                watcher.End(new StoreUnavailableException(reason));
            }

            var ended = _watchers.Count;
            _watchers.Clear();
            return ended;
        }
    }
}
