namespace ChittyChat.LogicalTime.Tests;

public class LamportTimeTests
{
    [Fact]
    public void A_tick_is_one_later() => Assert.Equal(new LamportTime(4), new LamportTime(3).Tick());

    [Theory]
    [InlineData(3, 9, 10)]
    [InlineData(9, 3, 10)]
    [InlineData(9, 9, 10)]
    [InlineData(0, 0, 1)]
    public void Receipt_is_after_both_the_local_clock_and_the_message(ulong local, ulong seen, ulong expected) =>
        Assert.Equal(new LamportTime(expected), new LamportTime(local).Witness(new LamportTime(seen)));

    [Fact]
    public void The_last_time_cannot_tick_over_to_zero() =>
        Assert.Throws<OverflowException>(() => new LamportTime(ulong.MaxValue).Tick());

    [Fact]
    public void Times_are_ordered_by_their_number()
    {
        Assert.True(new LamportTime(1) < new LamportTime(2));
        Assert.True(new LamportTime(2) >= new LamportTime(2));
        Assert.Equal("17", new LamportTime(17).ToString());
    }
}
