namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("hello", 5)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("漢字", 4)]
    [InlineData("한국어", 6)]
    [InlineData("\u1112\u1161\u11AB", 2)]
    [InlineData("ｆｕｌｌ", 8)]
    [InlineData("ﾊﾝｶｸ", 4)]
    [InlineData("😀", 2)]
    [InlineData("👨‍👩‍👧", 2)]
    [InlineData("👍🏽", 2)]
    [InlineData("🇩🇰", 2)]
    [InlineData("❤", 1)]
    [InlineData("❤\uFE0F", 2)]
    [InlineData("\u200B", 0)]
    [InlineData("\u0301", 0)]
    [InlineData("α±…", 3)]
    public void Columns_are_those_of_a_terminal(string text, int columns) => Assert.Equal(columns, DisplayText.Columns(text));

    [Theory]
    [InlineData("plain text ~", "plain text ~")]
    [InlineData("a\e[2Jb", "a␛[2Jb")]
    [InlineData("a\r\n\tb\0\u007F", "a␍␊␉b␀␡")]
    [InlineData("a\u009B2Jb", "a\uFFFD2Jb")]
    [InlineData("a\u2028b\u202Ec", "a\uFFFDb\uFFFDc")]
    [InlineData("漢字 👨‍👩‍👧", "漢字 👨‍👩‍👧")]
    public void Control_characters_become_visible(string text, string harmless) => Assert.Equal(harmless, DisplayText.Harmless(text));

    [Fact]
    public void Halves_of_surrogate_pairs_are_replaced() => Assert.Equal("\uFFFDa\uFFFD😀", DisplayText.Harmless("\uD83Da\uDE00😀"));
}
