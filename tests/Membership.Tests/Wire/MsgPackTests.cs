using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Wire;

public sealed class MsgPackTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7f")]
    [InlineData(128UL, "cc80")]
    [InlineData(200UL, "ccc8")]
    [InlineData(256UL, "cd0100")]
    [InlineData(40_000UL, "cd9c40")]
    [InlineData(65_536UL, "ce00010000")]
    [InlineData(4_294_967_296UL, "cf0000000100000000")]
    public void Integers_are_written_in_their_shortest_unsigned_form(ulong value, string expected)
    {
        var writer = new ByteWriter();
        writer.WriteUInt(value);

        Assert.Equal(expected, Convert.ToHexStringLower(writer.Written));
        Assert.True(new MsgPackReader(writer.Written).TryReadUInt(ulong.MaxValue, out var read));
        Assert.Equal(value, read);
    }

    // go-msgpack 2 writes Go's int and int64 in signed form.
    [Theory]
    [InlineData("d07f", 127UL)]
    [InlineData("d100c8", 200UL)]
    [InlineData("d200009c40", 40_000UL)]
    [InlineData("d30000000100000000", 4_294_967_296UL)]
    [InlineData("c0", 0UL)]
    public void Integers_in_signed_form_are_read(string hex, ulong expected)
    {
        Assert.True(new MsgPackReader(Convert.FromHexString(hex)).TryReadUInt(ulong.MaxValue, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("d0ff")]
    [InlineData("d18000")]
    [InlineData("d3ffffffffffffffff")]
    [InlineData("ce00010000")]
    [InlineData("a131")]
    public void What_does_not_fit_a_port_is_refused(string hex) =>
        Assert.False(new MsgPackReader(Convert.FromHexString(hex)).TryReadUInt16(out _));

    [Theory]
    [InlineData(0, "a0")]
    [InlineData(31, "bf")]
    [InlineData(32, "da0020")]
    [InlineData(300, "da012c")]
    [InlineData(65_536, "db00010000")]
    public void Byte_slices_are_written_raw(int length, string head)
    {
        var writer = new ByteWriter();
        writer.WriteRaw(new byte[length]);

        Assert.Equal(head, Convert.ToHexStringLower(writer.Written[..(head.Length / 2)]));
        Assert.True(new MsgPackReader(writer.Written).TryReadRaw(out var read));
        Assert.Equal(length, read.Length);
    }

    [Theory]
    [InlineData("a26869")]
    [InlineData("d9026869")]
    [InlineData("da00026869")]
    [InlineData("db000000026869")]
    [InlineData("c4026869")]
    [InlineData("c500026869")]
    [InlineData("c6000000026869")]
    public void Byte_slices_of_both_specifications_are_read(string hex)
    {
        var reader = new MsgPackReader(Convert.FromHexString(hex));
        Assert.True(reader.TryReadRaw(out var bytes));
        Assert.Equal("hi"u8.ToArray(), bytes.ToArray());
        Assert.Equal(hex.Length / 2, reader.Consumed);
    }

    [Fact]
    public void A_value_that_is_cut_off_is_incomplete_and_a_wrong_one_is_not()
    {
        var whole = Convert.FromHexString("82a14193c2cb3ff0000000000000a161a142de0001a1780a");
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = new MsgPackReader(whole.AsSpan(0, length));
            Assert.False(cut.TrySkip());
            Assert.True(cut.IsIncomplete);
        }

        var reader = new MsgPackReader(whole);
        Assert.True(reader.TrySkip());
        Assert.Equal(whole.Length, reader.Consumed);

        var wrong = new MsgPackReader([0xc1]);
        Assert.False(wrong.TrySkip());
        Assert.False(wrong.IsIncomplete);
    }

    [Fact]
    public void Nesting_is_limited()
    {
        Assert.True(new MsgPackReader([.. Enumerable.Repeat((byte)0x91, 16), 0x01]).TrySkip());
        Assert.False(new MsgPackReader([.. Enumerable.Repeat((byte)0x91, 10_000), 0x01]).TrySkip());
    }

    [Fact]
    public void Tags_are_written_as_serf_does_and_read_back()
    {
        var encoded = MemberTags.Encode([new("mood", "happy")]);

        Assert.Equal("ff81a46d6f6f64a56861707079", Convert.ToHexStringLower(encoded));
        Assert.Equal("happy", MemberTags.Decode(encoded)["mood"]);
        Assert.Equal("ff80", Convert.ToHexStringLower(MemberTags.Encode([])));
        Assert.Empty(MemberTags.Decode([]));
        Assert.Equal("hello-meta", MemberTags.Decode("hello-meta"u8)["role"]);
        Assert.Throws<FormatException>(() => MemberTags.Decode([0xff, 0x81, 0xa1, 0x61]));
        Assert.Throws<ArgumentException>(() => MemberTags.Encode([new("a", new string('x', 512))]));
    }
}
