using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("hello, world ~", "hello, world ~")]
    [InlineData("grüße 👍 漢字", "grüße 👍 漢字")]
    [InlineData("a\e[2Jb", "a␛[2Jb")]
    [InlineData("first\r\nsecond\tend\0", "first␍␊second␉end␀")]
    [InlineData("\u007F\u009B2J", "␡\uFFFD2J")]
    [InlineData("abc\u202Edef\u2066\u200F", "abc\uFFFDdef\uFFFD\uFFFD")]
    [InlineData("a\u2028b", "a\uFFFDb")]
    public void What_could_harm_a_terminal_is_shown_instead_of_done(string text, string shown) => Assert.Equal(shown, DisplayText.Harmless(text));

    [Theory]
    [InlineData("a", 1)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("漢", 2)]
    [InlineData("한", 2)]
    [InlineData("Ａ", 2)]
    [InlineData("👍", 2)]
    [InlineData("👨‍👩‍👧", 2)]
    [InlineData("🇩🇰", 2)]
    [InlineData("❤\uFE0F", 2)]
    [InlineData("❤", 1)]
    [InlineData("\u0301", 0)]
    public void Characters_take_the_columns_that_terminals_give_them(string element, int columns) => Assert.Equal(columns, DisplayText.Columns(element));
}
