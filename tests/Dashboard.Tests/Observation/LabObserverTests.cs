using ChittyChat.Dashboard.Observation;
using ChittyChat.TestSupport;

namespace ChittyChat.Dashboard.Tests.Observation;

public sealed class LabObserverTests
{
    private readonly ManualTimeProvider _time = new(Stage.Start);

    [Fact]
    public async Task A_change_is_published_at_once_and_the_next_ones_together_after_the_interval()
    {
        using var observer = new LabObserver(new LabModel(true, _time.GetUtcNow()), _time);
        await observer.StartAsync(CancellationToken.None);
        await using var views = observer.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal(RegistryStatus.Connecting, (await NextAsync(views)).Registry.Status);

        observer.Tell((model, now) => model.RegistryLost("first", now));
        Assert.Equal("first", (await NextAsync(views)).Registry.Reason);
        // The settle timer, and the wait before the next picture.
        await _time.ArmedAsync(2);

        observer.Tell((model, now) => model.RegistryLost("second", now));
        observer.Tell((model, now) => model.RegistryLost("third", now));
        var next = NextAsync(views);
        _time.Advance(LabObserver.PublishInterval - TimeSpan.FromMilliseconds(1));
        Assert.False(next.IsCompleted);
        Assert.Equal("first", observer.View.Registry.Reason);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("third", (await next).Registry.Reason);
        await observer.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_is_on_its_way_becomes_missing_without_anything_being_heard()
    {
        var stage = new Stage().AllHere("alice", "bob");
        stage.Delivers("alice", stage.Said("alice", 3), at: 3);
        using var observer = new LabObserver(stage.Model, _time);
        await observer.StartAsync(CancellationToken.None);
        await using var views = observer.FollowAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal(CellKind.Pending, (await NextAsync(views)).Messages[0].Cells[1].Kind);
        await _time.ArmedAsync(1);
        _time.Advance(MessageBook.Grace);

        // It may have looked while the clock was still moving, and then waits for the next moment.
        await Eventually.HoldsAsync("bob's copy is missing", () =>
        {
            _time.Advance(LabObserver.PublishInterval);
            return observer.View.Messages[0].Cells[1].Kind == CellKind.Missing;
        });
        Assert.Equal(CellKind.Missing, (await LastAsync(views, observer)).Messages[0].Cells[1].Kind);
        await observer.StopAsync(CancellationToken.None);
    }

    private static async Task<LabView> LastAsync(IAsyncEnumerator<LabView> views, LabObserver observer)
    {
        LabView view;
        do
        {
            view = await NextAsync(views);
        }
        while (!ReferenceEquals(view, observer.View));
        return view;
    }

    private static async Task<LabView> NextAsync(IAsyncEnumerator<LabView> views)
    {
        Assert.True(await views.MoveNextAsync().AsTask().ComesAsync("the next picture"));
        return views.Current;
    }
}
