using System.Text;
using CsCheck;

namespace ChittyChat.CommandLine.Tests.Terminal;

public sealed class KeyDecoderTests
{
    [Theory]
    [InlineData("\e[A", "Up")]
    [InlineData("\eOA", "Up")]
    [InlineData("\e[1;5C", "Right Control")]
    [InlineData("\e[1;3D", "Left Alt")]
    [InlineData("\e\e[D", "Left Alt")]
    [InlineData("\eOd", "Left Control")]
    [InlineData("\e[c", "Right Shift")]
    [InlineData("\e[H", "Home")]
    [InlineData("\eOF", "End")]
    [InlineData("\e[1~", "Home")]
    [InlineData("\e[7~", "Home")]
    [InlineData("\e[4~", "End")]
    [InlineData("\e[8~", "End")]
    [InlineData("\e[3~", "Delete")]
    [InlineData("\e[3;5~", "Delete Control")]
    [InlineData("\e[3^", "Delete Control")]
    [InlineData("\e[5~", "PageUp")]
    [InlineData("\e[6~", "PageDown")]
    [InlineData("\e[Z", "Tab Shift")]
    [InlineData("\t", "Tab")]
    [InlineData("\r", "Enter")]
    [InlineData("\n", "Enter")]
    [InlineData("\e\r", "Enter Alt")]
    [InlineData("\u007F", "Backspace")]
    [InlineData("\b", "Backspace")]
    [InlineData("\e\u007F", "Backspace Alt")]
    [InlineData("\u0001", "'a' Control")]
    [InlineData("\u001A", "'z' Control")]
    [InlineData("\u001F", "'_' Control")]
    [InlineData("\eb", "'b' Alt")]
    [InlineData("\e[99;5u", "'c' Control")]
    [InlineData("\e[27;5;99~", "'c' Control")]
    [InlineData("\e[13;3u", "Enter Alt")]
    [InlineData("\e[27u", "Escape")]
    [InlineData("\eOM", "Enter")]
    [InlineData("\eOp\eOk", "'0', '+'")]
    [InlineData("é漢😀", "'é', '漢', '😀'")]
    [InlineData("\e[200~a\nb\e[31m\e[201~c", "Paste 'a\nb\e[31m', 'c'")]
    [InlineData("\e[15~\e[[A\e[?1;2ca", "'a'")]
    [InlineData("\e[1\ra", "Enter, 'a'")]
    public void A_sequence_is_a_key(string bytes, string keys) => Assert.Equal(keys, Describe(Decode(Encoding.UTF8.GetBytes(bytes))));

    [Fact]
    public void An_escape_that_nothing_follows_is_the_key()
    {
        var decoder = new KeyDecoder();
        var keys = new List<KeyPress>();
        decoder.Decode("\e"u8, keys);
        Assert.Empty(keys);
        Assert.True(decoder.IsWaiting);
        decoder.Expire(keys);
        Assert.Equal([new KeyPress(Key.Escape)], keys);
        decoder.Decode("[A"u8, keys);
        Assert.Equal("Escape, '[', 'A'", Describe(keys));
    }

    [Fact]
    public void Bytes_that_are_no_text_become_the_replacement_character()
    {
        Assert.Equal("'\uFFFD', 'a'", Describe(Decode([0xC3, (byte)'a'])));
        Assert.Equal("'\uFFFD', 'a'", Describe(Decode([0xFF, (byte)'a'])));
        Assert.Equal("'\uFFFD', '漢'", Describe(Decode([0xE6, 0xBC, .. "漢"u8])));
    }

    [Fact]
    public void A_sequence_without_end_is_dropped()
    {
        var keys = Decode(Encoding.ASCII.GetBytes("\e[" + new string('1', 100)));
        Assert.True(keys.Count < 100);
    }

    [Fact]
    public void It_does_not_matter_where_the_bytes_are_split()
    {
        string[] pieces = ["a", "é", "漢", "😀", "\e[A", "\e[1;5C", "\eOA", "\eb", "\e\e[D", "\r", "\t", "\u007F", "\e[3~", "\e[200~pa\nste\e[201~", "\e[99;5u"];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Array[1, 12], Gen.Int[1, 4].Array[1, 8]).Sample((chosen, sizes) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(chosen.Select(i => pieces[i])));
            var decoder = new KeyDecoder();
            var split = new List<KeyPress>();
            for (var (i, part) = (0, 0); i < bytes.Length; part++)
            {
                var size = Math.Min(sizes[part % sizes.Length], bytes.Length - i);
                decoder.Decode(bytes.AsSpan(i, size), split);
                i += size;
            }

            return split.SequenceEqual(Decode(bytes));
        });
    }

    [Fact]
    public void No_bytes_at_all_can_break_it() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        var decoder = new KeyDecoder();
        var keys = new List<KeyPress>();
        decoder.Decode(bytes, keys);
        decoder.Expire(keys);
        return !decoder.IsWaiting;
    });

    [Theory]
    [InlineData(ConsoleKey.LeftArrow, '\0', ConsoleModifiers.Control, "Left Control")]
    [InlineData(ConsoleKey.Delete, '\0', ConsoleModifiers.None, "Delete")]
    [InlineData(ConsoleKey.Tab, '\t', ConsoleModifiers.Shift, "Tab Shift")]
    [InlineData(ConsoleKey.Backspace, '\b', ConsoleModifiers.Control, "Backspace Control")]
    [InlineData(ConsoleKey.Escape, '\e', ConsoleModifiers.None, "Escape")]
    [InlineData(ConsoleKey.B, 'b', ConsoleModifiers.Alt, "'b' Alt")]
    [InlineData(ConsoleKey.R, '\u0012', ConsoleModifiers.Control, "'r' Control")]
    [InlineData(ConsoleKey.Q, '@', ConsoleModifiers.Control | ConsoleModifiers.Alt, "'@'")]
    [InlineData(ConsoleKey.F5, '\0', ConsoleModifiers.None, "")]
    public void The_keys_of_the_windows_console_are_the_same(ConsoleKey key, char c, ConsoleModifiers held, string expected)
    {
        var info = new ConsoleKeyInfo(c, key, held.HasFlag(ConsoleModifiers.Shift), held.HasFlag(ConsoleModifiers.Alt), held.HasFlag(ConsoleModifiers.Control));
        Assert.Equal(expected, Describe(Decode(Encoding.UTF8.GetBytes(ConsoleKeys.Sequence(info)))));
    }

    private static List<KeyPress> Decode(byte[] bytes)
    {
        var keys = new List<KeyPress>();
        new KeyDecoder().Decode(bytes, keys);
        return keys;
    }

    private static string Describe(IEnumerable<KeyPress> keys) => string.Join(", ", keys.Select(key => string.Join(' ', new[]
    {
        key.Key == Key.Character ? $"'{key.Text}'" : key.Key == Key.Paste ? $"Paste '{key.Text}'" : key.Key.ToString(),
        key.Modifiers == KeyModifiers.None ? "" : key.Modifiers.ToString(),
    }.Where(part => part.Length > 0))));
}
