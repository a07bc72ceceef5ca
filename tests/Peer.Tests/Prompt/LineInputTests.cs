using System.Text;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

public sealed class LineInputTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one", new[] { "one" })]
    [InlineData("one\n", new[] { "one" })]
    [InlineData("one\r\ntwo\n\nthree", new[] { "one", "two", "", "three" })]
    public void Lines_end_with_a_line_feed_or_the_input(string input, string[] lines) => Assert.Equal(lines, Read(Encoding.UTF8.GetBytes(input)));

    [Fact]
    public void A_line_that_is_not_UTF8_is_refused_and_the_next_one_is_read() =>
        Assert.Equal([null, "good"], Read([0xC3, 0x28, (byte)'\n', .. "good\n"u8]));

    [Fact]
    public void A_line_without_end_is_refused_as_a_whole_and_the_next_one_is_read() =>
        Assert.Equal([null, "good"], Read([.. Enumerable.Repeat((byte)'x', 1_000_000), (byte)'\n', .. "good"u8]));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5000)]
    public void Characters_may_arrive_in_pieces(int size)
    {
        var text = string.Concat(Enumerable.Repeat("grüße 👍 ", 500));
        Assert.Equal([text, "x"], LineInput.ReadLines(new Dripping(Encoding.UTF8.GetBytes($"{text}\nx"), size)));
    }

    private static List<string?> Read(byte[] input) => [.. LineInput.ReadLines(new MemoryStream(input))];

    private sealed class Dripping(byte[] content, int size) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(size, count));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(size, buffer.Length)]);
    }
}
