namespace ChittyChat.AppHost.Tests;

public sealed class AppHostOptionsTests
{
    [Fact]
    public void Without_arguments_three_peers_start_and_five_are_spare() =>
        Assert.Equal(new AppHostOptions(Peers: 3, Spare: 5, Redis: null), AppHostOptions.Parse([]));

    [Fact]
    public void Every_option_can_be_given_in_both_forms()
    {
        var expected = new AppHostOptions(Peers: 50, Spare: 0, RedisKind.Local);
        Assert.Equal(expected, AppHostOptions.Parse(["--peers", "50", "--spare", "0", "--redis", "local"]));
        Assert.Equal(expected, AppHostOptions.Parse(["--peers=50", "--spare=0", "--redis=local"]));
    }

    [Theory]
    [InlineData("--peers 0", "--peers is '0'; a whole number from 1 to 50 is expected.")]
    [InlineData("--peers 51", "--peers is '51'; a whole number from 1 to 50 is expected.")]
    [InlineData("--peers three", "--peers is 'three'; a whole number from 1 to 50 is expected.")]
    [InlineData("--peers=", "--peers is ''; a whole number from 1 to 50 is expected.")]
    [InlineData("--peers", "--peers needs a value.")]
    [InlineData("--spare -1", "--spare is '-1'; a whole number from 0 to 50 is expected.")]
    [InlineData("--redis cluster", "--redis is 'cluster'; container, local or none is expected.")]
    [InlineData("--peer 3", "'--peer' is not an option; there are --peers, --spare, --redis and --help.")]
    [InlineData("5", "'5' is not an option; there are --peers, --spare, --redis and --help.")]
    public void Anything_else_is_refused_with_what_would_be_right(string arguments, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => AppHostOptions.Parse(arguments.Split(' '))).Message);
}
