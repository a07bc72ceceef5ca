namespace ChittyChat.CommandLine.Tests.Commands;

public sealed class SuggestionsTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("ping", "ping", 0)]
    [InlineData("pign", "ping", 1)]
    [InlineData("pin", "ping", 1)]
    [InlineData("pong", "ping", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void The_distance_counts_insertions_deletions_replacements_and_exchanges(string left, string right, int expected)
    {
        Assert.Equal(expected, Suggestions.Distance(left, right));
        Assert.Equal(expected, Suggestions.Distance(right, left));
    }

    [Fact]
    public void Only_what_is_near_is_suggested()
    {
        Assert.Equal("members", Suggestions.Nearest("membres", ["member-ping", "members", "memory"]));
        Assert.Null(Suggestions.Nearest("zebra", ["members", "ping"]));
        Assert.Null(Suggestions.Nearest("ab", ["xy"]));
    }
}
