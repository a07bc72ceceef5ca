using ChittyChat.Dashboard.Observation;

namespace ChittyChat.Dashboard.Tests.Observation;

public sealed class JitterTests
{
    [Theory]
    [InlineData(1, 125, 250)]
    [InlineData(2, 250, 500)]
    [InlineData(5, 2000, 4000)]
    [InlineData(6, 2500, 5000)]
    [InlineData(1_000_000, 2500, 5000)]
    public void Waits_double_up_to_five_seconds_less_a_random_part_of_the_half(int failures, int least, int most)
    {
        var jitter = new Jitter(new Random(1));

        var waits = Enumerable.Range(0, 1000).Select(_ => jitter.After(failures).TotalMilliseconds).ToArray();

        Assert.InRange(waits.Min(), least, least * 1.02);
        Assert.InRange(waits.Max(), most * 0.98, most);
    }
}
