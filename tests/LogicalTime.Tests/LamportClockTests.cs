namespace ChittyChat.LogicalTime.Tests;

public class LamportClockTests
{
    [Fact]
    public void A_new_clock_stands_before_any_event() => Assert.Equal(LamportTime.Zero, new LamportClock().Now);

    [Fact]
    public void The_first_event_has_time_one()
    {
        var clock = new LamportClock();
        Assert.Equal(new LamportTime(1), clock.Tick());
        Assert.Equal(new LamportTime(1), clock.Now);
    }

    [Fact]
    public void A_witnessed_later_time_carries_the_clock_past_it()
    {
        var clock = new LamportClock(new LamportTime(3));
        Assert.Equal(new LamportTime(42), clock.Witness(new LamportTime(41)));
        Assert.Equal(new LamportTime(43), clock.Tick());
    }

    [Fact]
    public void A_clock_that_cannot_advance_stays_where_it_is()
    {
        var clock = new LamportClock(new LamportTime(7));
        Assert.Throws<OverflowException>(() => clock.Witness(new LamportTime(ulong.MaxValue)));
        Assert.Equal(new LamportTime(7), clock.Now);
    }

    [Fact]
    public async Task Concurrent_events_never_share_a_time_and_never_lose_one()
    {
        const int Threads = 8, Events = 20_000;
        var clock = new LamportClock();
        var times = await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            var own = new ulong[Events];
            for (var i = 0; i < Events; i++)
            {
                own[i] = clock.Tick().Value;
            }

            return own;
        })));
        Assert.All(times, own => Assert.True(own.Zip(own.Skip(1)).All(p => p.First < p.Second)));
        Assert.Equal(Threads * Events, times.SelectMany(t => t).Distinct().Count());
        Assert.Equal(new LamportTime(Threads * Events), clock.Now);
    }
}
