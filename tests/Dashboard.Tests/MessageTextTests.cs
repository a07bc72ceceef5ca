using ChittyChat.Dashboard.Publishing;

namespace ChittyChat.Dashboard.Tests;

public sealed class MessageTextTests
{
    [Fact]
    public void Characters_are_Unicode_scalar_values()
    {
        Assert.Equal(128, MessageText.Length(string.Concat(Enumerable.Repeat("😀", 128))));
        Assert.Equal(2, MessageText.Length("e\u0301"));
    }

    [Fact]
    public void From_1_to_128_characters_are_taken()
    {
        Assert.Equal("A message has at least one character.", MessageText.Refusal(""));
        Assert.Null(MessageText.Refusal("x"));
        Assert.Null(MessageText.Refusal(new string('x', 128)));
        Assert.Null(MessageText.Refusal(string.Concat(Enumerable.Repeat("😀", 128))));
        Assert.Equal("A message has at most 128 characters; this has 129.", MessageText.Refusal(new string('x', 129)));
    }
}
