using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Support;

/// <summary>The clock that the peers of these tests live by.</summary>
public sealed class PatientTimeTests
{
    private readonly PatientTime _time = new();

    [Fact]
    public async Task Short_waits_end_by_themselves_and_no_time_has_passed()
    {
        var start = _time.GetTimestamp();

        await Task.Delay(TimeSpan.FromMilliseconds(10), _time).ComesAsync("the end of a short wait");

        Assert.Equal(TimeSpan.Zero, _time.GetElapsedTime(start));
    }

    [Fact]
    public void A_limit_ends_when_the_test_lets_time_pass_and_not_before()
    {
        var start = _time.GetTimestamp();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);

        _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(limit.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(limit.IsCancellationRequested);
        Assert.Equal(5, _time.GetElapsedTime(start).TotalSeconds, tolerance: 0.001);
    }

    [Fact]
    public async Task A_wait_that_is_armed_is_told_once_and_those_of_other_kinds_are_passed_over()
    {
        var time = new ManualTimeProvider();
        var armed = time.ArmedAsync(2);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        Assert.False(armed.IsCompleted);

        var wait = Task.Delay(TimeSpan.FromSeconds(1), time);

        await armed;
        Assert.Equal(TimeSpan.FromSeconds(1), await time.NextWaitAsync(due => due != TimeSpan.FromSeconds(5)));
        time.Advance(TimeSpan.FromSeconds(1));
        await wait;
        var next = time.NextWaitAsync();
        Assert.False(next.IsCompleted);
        _ = Task.Delay(TimeSpan.FromSeconds(2), time);
        Assert.Equal(TimeSpan.FromSeconds(2), await next);
    }
}
