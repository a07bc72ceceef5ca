using System.Text;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Wire;

public sealed class LzwTests
{
    // What Go's compress/lzw writes.
    [Theory]
    [InlineData("", "000302")]
    [InlineData("a", "00c30404")]
    [InlineData("aa", "00c3840908")]
    [InlineData("aaaaaaaa", "00c3081c283020")]
    [InlineData("memberlist", "00db946923a68c1c3669e6d00908")]
    public void The_output_is_that_of_go(string text, string expected)
    {
        var output = new ByteWriter();
        Lzw.Compress(Encoding.ASCII.GetBytes(text), output);

        Assert.Equal(expected, Convert.ToHexStringLower(output.Written));
        Assert.Equal(text, Encoding.ASCII.GetString(Expand(output.Written)!));
    }

    [Fact]
    public void Everything_comes_back_as_it_was()
    {
        var random = new Random(20260101);
        var full = 0;
        for (var i = 0; i < 400; i++)
        {
            var input = new byte[random.Next(0, i < 380 ? 3000 : 300_000)];
            // Few letters fill the table with long entries, many with short ones; runs make codes that are used before they are defined.
            var letters = random.Next(1, 257);
            for (var at = 0; at < input.Length;)
            {
                var run = Math.Min(input.Length - at, random.Next(1, 40));
                input.AsSpan(at, run).Fill((byte)random.Next(letters));
                at += run;
            }

            var output = new ByteWriter();
            Lzw.Compress(input, output);
            full += output.Length > 5000 ? 1 : 0;
            Assert.Equal(input, Expand(output.Written));
        }

        Assert.True(full >= 10, $"Only {full} inputs were long enough to fill the table.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0003")]
    [InlineData("ffff")]
    [InlineData("00c3")]
    public void Corrupt_input_is_refused(string hex) => Assert.Null(Expand(Convert.FromHexString(hex)));

    [Fact]
    public void A_bomb_is_refused()
    {
        var output = new ByteWriter();
        Lzw.Compress(new byte[1_000_000], output);

        Assert.True(output.Length < 3000);
        Assert.False(Lzw.TryDecompress(output.Written, new ByteWriter(), 999_999));
        Assert.True(Lzw.TryDecompress(output.Written, new ByteWriter(), 1_000_000));
    }

    [Fact]
    public void Garbage_neither_throws_nor_runs_away()
    {
        var random = new Random(20260102);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var input = new byte[random.Next(0, 200)];
            random.NextBytes(input);
            var output = new ByteWriter();
            accepted += Lzw.TryDecompress(input, output, 65_536) ? 1 : 0;
            Assert.InRange(output.Length, 0, 65_536);
        }

        Assert.InRange(accepted, 20, 19_900);
    }

    private static byte[]? Expand(ReadOnlySpan<byte> compressed)
    {
        var output = new ByteWriter();
        return Lzw.TryDecompress(compressed, output, 10_000_000) ? output.ToArray() : null;
    }
}
