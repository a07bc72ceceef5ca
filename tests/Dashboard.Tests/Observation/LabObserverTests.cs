using ChittyChat.Dashboard.Observation;
using ChittyChat.TestSupport;

namespace ChittyChat.Dashboard.Tests.Observation;

public sealed class LabObserverTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

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
        await WaitForTimersAsync(2);

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
        await WaitForTimersAsync(1);
        _time.Advance(MessageBook.Grace);

        var settled = await NextAsync(views);

        Assert.Equal(CellKind.Missing, settled.Messages[0].Cells[1].Kind);
        await observer.StopAsync(CancellationToken.None);
    }

    private static async Task<LabView> NextAsync(IAsyncEnumerator<LabView> views)
    {
        Assert.True(await views.MoveNextAsync().AsTask().WaitAsync(Patience, TimeProvider.System));
        return views.Current;
    }

    private async Task WaitForTimersAsync(int count)
    {
        var until = TimeProvider.System.GetUtcNow() + Patience;
        while (_time.ArmedTimers < count)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until, $"{_time.ArmedTimers} timers are armed; {count} were expected");
            await Task.Yield();
        }
    }
}
