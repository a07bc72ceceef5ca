using CsCheck;

namespace ChittyChat.CommandLine.Tests.Commands;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("200ms", 200)]
    [InlineData("5s", 5_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("-5s", -5_000)]
    [InlineData("00:01:30", 90_000)]
    [InlineData("0", 0)]
    public void A_duration_is_a_number_and_a_unit(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("five s")]
    [InlineData("1e300d")]
    [InlineData("99999999999d")]
    [InlineData("NaNs")]
    public void Anything_else_is_none(string text) => Assert.False(Durations.TryParse(text, out _));

    [Fact]
    public void What_is_written_reads_back_exactly() =>
        Gen.OneOf(Gen.Long.Select(TimeSpan.FromTicks), Gen.Int[0, 100_000].Select(n => TimeSpan.FromMilliseconds(n)), Gen.Int[0, 10_000].Select(n => TimeSpan.FromMinutes(n)))
            .Sample(duration => Durations.TryParse(Durations.Format(duration), out var read) && read == duration);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.25, "250us")]
    [InlineData(1.234, "1.23ms")]
    [InlineData(12.34, "12.3ms")]
    [InlineData(999, "999ms")]
    [InlineData(1_500, "1.5s")]
    [InlineData(65_000, "1m05s")]
    [InlineData(7_500_000, "2h05m")]
    [InlineData(90_000_000, "1d01h")]
    [InlineData(-1_500, "-1.5s")]
    public void People_see_three_digits(double milliseconds, string expected) =>
        Assert.Equal(expected, Durations.Round(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))));
}
