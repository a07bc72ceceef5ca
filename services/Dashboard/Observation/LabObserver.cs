using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ChittyChat.Dashboard.Observation;

/// <summary>
/// Keeps the model, takes what the watchers hear, and publishes a new picture when something changed, at most ten times a second:
/// whoever follows sees the newest picture and is never given a backlog of older ones.
/// </summary>
internal sealed class LabObserver(LabModel model, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan SettleInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _modelGate = new();
    // Holds one "something changed"; another one while it waits says nothing new and is dropped.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private TaskCompletionSource _next = NewSignal();
    private LabView _view = model.View(time.GetUtcNow());
    private bool _dirty;

    /// <summary>The newest picture.</summary>
    public LabView View => Volatile.Read(ref _view);

    public void Tell(Action<LabModel, DateTimeOffset> what)
    {
        lock (_modelGate)
        {
            what(model, time.GetUtcNow());
            _dirty = true;
        }

        _changed.Writer.TryWrite(true);
    }

    /// <summary>The present picture, then each newer one.</summary>
    public async IAsyncEnumerable<LabView> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LabView? seen = null;
        while (true)
        {
            // Taken before the view is read: a picture published in between completes it.
            var next = Volatile.Read(ref _next);
            var view = View;
            if (!ReferenceEquals(view, seen))
            {
                seen = view;
                yield return view;
            }

            await next.Task.WaitAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var settle = time.CreateTimer(_ => _changed.Writer.TryWrite(true), null, SettleInterval, SettleInterval);
        await foreach (var _ in _changed.Reader.ReadAllAsync(stoppingToken))
        {
            if (Advance())
            {
                await Task.Delay(PublishInterval, time, stoppingToken);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Advance()
    {
        lock (_modelGate)
        {
            if (!_dirty && !View.Settling)
            {
                return false;
            }

            _dirty = false;
            Volatile.Write(ref _view, model.View(time.GetUtcNow()));
        }

        Interlocked.Exchange(ref _next, NewSignal()).SetResult();
        return true;
    }
}
