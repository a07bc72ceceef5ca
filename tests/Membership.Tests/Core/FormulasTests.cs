using System.Globalization;
using ChittyChat.Membership.Core;

namespace ChittyChat.Membership.Tests.Core;

public sealed class FormulasTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(4, 3, 4.0)]
    [InlineData(4, 10, 4.0)]
    [InlineData(4, 30, 5.908)]
    [InlineData(4, 100, 8.0)]
    [InlineData(4, 1_000, 12.0)]
    [InlineData(4, 10_000, 16.0)]
    [InlineData(4, 100_000, 20.0)]
    public void The_least_time_of_a_suspicion_grows_with_the_logarithm(int multiplier, int nodes, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Formulas.SuspicionMin(multiplier, nodes, Second));

    [Theory]
    [InlineData(4, 3, 0)]
    [InlineData(4, 4, 2)]
    [InlineData(4, 100, 2)]
    [InlineData(6, 5, 0)]
    [InlineData(6, 6, 4)]
    [InlineData(3, 2, 0)]
    [InlineData(3, 3, 1)]
    [InlineData(1, 100, 0)]
    public void Confirmations_are_wanted_when_there_are_enough_others(int multiplier, int nodes, int wanted) =>
        Assert.Equal(wanted, Formulas.ConfirmationsWanted(multiplier, nodes));

    [Theory]
    [InlineData(2, 4, "24|11.381|4")]
    [InlineData(4, 30, "180|115.398|77.609|50.797|30")]
    [InlineData(0, 4, "4")]
    public void Each_confirmation_shortens_a_suspicion(int wanted, int min, string seconds)
    {
        var expected = seconds.Split('|').Select(s => double.Parse(s, CultureInfo.InvariantCulture)).Select(TimeSpan.FromSeconds);
        var least = TimeSpan.FromSeconds(min);

        Assert.Equal(expected, Enumerable.Range(0, wanted + 1).Select(c => Formulas.SuspicionTimeout(c, wanted, least, 6 * least)));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(9, 4)]
    [InlineData(10, 8)]
    [InlineData(99, 8)]
    [InlineData(100, 12)]
    [InlineData(999, 12)]
    [InlineData(1_000, 16)]
    [InlineData(10_000, 20)]
    [InlineData(100_000, 24)]
    public void Messages_are_repeated_more_often_in_larger_clusters(int nodes, int limit) =>
        Assert.Equal(limit, Formulas.RetransmitLimit(4, nodes));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(32, 1)]
    [InlineData(33, 2)]
    [InlineData(64, 2)]
    [InlineData(65, 3)]
    [InlineData(128, 3)]
    [InlineData(1_000, 6)]
    public void Full_exchanges_are_rarer_in_larger_clusters(int nodes, int factor) =>
        Assert.Equal(factor * Second, Formulas.PushPullInterval(Second, nodes));
}
