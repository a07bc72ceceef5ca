using System.Security.Cryptography;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Tests.Wire;

public sealed class LayerTests
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 300).Select(i => (byte)(i % 7))];

    public static TheoryData<int, string, bool, bool> AllLayers
    {
        get
        {
            var data = new TheoryData<int, string, bool, bool>();
            foreach (var key in new[] { 0, 16, 24, 32 })
            {
                foreach (var label in new[] { "", "lab" })
                {
                    data.Add(key, label, false, false);
                    data.Add(key, label, true, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllLayers))]
    public void A_datagram_comes_back_through_all_layers(int key, string label, bool checksum, bool compression)
    {
        var options = Options(key, label, compression);
        var sender = new PacketCodec(options, new Keyring(options.SecretKeys));
        var datagram = sender.Seal(Plain, checksum).ToArray();
        var receiver = new PacketCodec(options, new Keyring(options.SecretKeys));

        Assert.Equal(DropReason.None, receiver.Open(datagram, out var opened));
        Assert.Equal(compression ? (byte)MessageType.Compress : Plain[0], opened[0]);
        if (!compression)
        {
            Assert.Equal(Plain, opened.ToArray());
            Assert.Equal(Plain.Length + sender.Overhead + (checksum ? 5 : 0), datagram.Length);
        }
    }

    [Theory]
    [MemberData(nameof(AllLayers))]
    public async Task A_stream_message_comes_back_through_all_layers(int key, string label, bool dialled, bool compression)
    {
        var options = Options(key, label, compression);
        var message = new ByteWriter();
        message.WriteUserHeader(Plain.Length);
        message.Write(Plain);
        var sender = new StreamCodec(options, new Keyring(options.SecretKeys));
        var bytes = sender.Seal(message.Written, dialled);
        var receiver = new StreamCodec(options, new Keyring(options.SecretKeys));

        var received = await new StreamMessageReader(new OneByteAtATime(bytes.ToArray()), receiver).ReadAsync(accepted: dialled, CancellationToken.None);

        Assert.Equal(Plain, received.Tail.ToArray());
    }

    [Fact]
    public void Labels_have_to_match_exactly()
    {
        var plain = Options(0, "", false);
        var labelled = Options(0, "lab", false);
        var without = new PacketCodec(plain, new Keyring([]));
        var with = new PacketCodec(labelled, new Keyring([]));
        labelled = Options(0, "lab", false);
        labelled.SkipInboundLabelCheck = true;
        var skipping = new PacketCodec(labelled, new Keyring([]));
        var bare = without.Seal(Plain, false).ToArray();
        var marked = with.Seal(Plain, false).ToArray();

        Assert.Equal(DropReason.WrongLabel, with.Open(bare, out _));
        Assert.Equal(DropReason.WrongLabel, without.Open(marked, out _));
        Assert.Equal(DropReason.None, with.Open(marked, out _));
        Assert.Equal(DropReason.None, skipping.Open(bare, out _));
        Assert.Equal(DropReason.WrongLabel, skipping.Open(marked, out _));
        Assert.Equal(DropReason.Truncated, with.Open(marked.AsSpan(0, 4), out _));
        Assert.Equal(DropReason.Truncated, with.Open([0xf4, 0], out _));
    }

    [Fact]
    public void Keys_are_exchanged_without_a_gap()
    {
        var first = new byte[16];
        var second = new byte[32];
        second[0] = 1;
        var alice = new Keyring([first]);
        var bob = new Keyring([first]);

        AssertTalk(alice, bob);
        alice.Add(second);
        bob.Add(second);
        AssertTalk(alice, bob);
        alice.Use(second);
        AssertTalk(alice, bob);
        bob.Use(second);
        alice.Remove(first);
        AssertTalk(alice, bob);
        bob.Remove(first);
        AssertTalk(alice, bob);

        Assert.Throws<ArgumentException>(() => bob.Remove(second));
        Assert.Throws<ArgumentException>(() => bob.Use(first));
        Assert.Throws<ArgumentException>(() => bob.Add(new byte[17]));
        Assert.Equal([second], bob.Keys.Select(k => k.ToArray()));
    }

    // memberlist with protocol version 1 pads to blocks and says version 0.
    [Fact]
    public void The_older_padded_form_is_read()
    {
        var key = new byte[16];
        byte[] padded = [1, 2, 3, 4, 5, .. Enumerable.Repeat((byte)11, 11)];
        var frame = new byte[1 + 12 + padded.Length + 16];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(frame.AsSpan(1, 12), padded, frame.AsSpan(13, padded.Length), frame.AsSpan(13 + padded.Length));

        Assert.True(SecureFrame.TryOpen(new Keyring([key]), frame, default, new ByteWriter(), out var plain));
        Assert.Equal([1, 2, 3, 4, 5], plain.ToArray());
        frame[0] = 2;
        Assert.False(SecureFrame.TryOpen(new Keyring([key]), frame, default, new ByteWriter(), out _));
    }

    [Fact]
    public void While_a_cluster_is_being_encrypted_plain_input_is_taken_and_plain_output_sent()
    {
        var options = Options(16, "", false);
        options.VerifyIncoming = false;
        options.VerifyOutgoing = false;
        var codec = new PacketCodec(options, new Keyring(options.SecretKeys));

        Assert.Equal(Plain, codec.Seal(Plain, false).ToArray());
        Assert.Equal(DropReason.None, codec.Open(Plain, out var opened));
        Assert.Equal(Plain, opened.ToArray());
    }

    [Theory]
    [InlineData("0683a44a6f696ec3a54e6f646573d2ffffffffac5573657253746174654c656e00", DropReason.Malformed)]
    [InlineData("0683a44a6f696ec3a54e6f646573ce80000000ac5573657253746174654c656e00", DropReason.Malformed)]
    [InlineData("0683a44a6f696ec3a54e6f64657300ac5573657253746174654c656eceffffffff", DropReason.Malformed)]
    [InlineData("0881aa557365724d73674c656ece7fffffff", DropReason.Malformed)]
    [InlineData("0aff000000", DropReason.Undecryptable)]
    [InlineData("0982a4416c676f01a3427566a161", DropReason.UnknownCompression)]
    [InlineData("0982a4416c676f00a3427566a161", DropReason.Malformed)]
    [InlineData("0501", DropReason.UnknownType)]
    [InlineData("f400", DropReason.Truncated)]
    public async Task A_stream_that_cannot_be_a_message_is_refused_without_reading_on(string hex, object reason)
    {
        var codec = new StreamCodec(Options(0, "", false), new Keyring([]));

        var refused = await Assert.ThrowsAsync<StreamProtocolException>(
            () => new StreamMessageReader(new OneByteAtATime(Convert.FromHexString(hex)), codec).ReadAsync(accepted: true, CancellationToken.None));

        Assert.Equal(reason, refused.Reason);
    }

    private static void AssertTalk(Keyring alice, Keyring bob)
    {
        foreach (var (from, to) in new[] { (alice, bob), (bob, alice) })
        {
            var frame = new ByteWriter();
            SecureFrame.Seal(from, Plain, "aad"u8, frame);
            Assert.True(SecureFrame.TryOpen(to, frame.Written, "aad"u8, new ByteWriter(), out var plain));
            Assert.Equal(Plain, plain.ToArray());
        }
    }

    private static MembershipOptions Options(int key, string label, bool compression) => new()
    {
        SecretKeys = key == 0 ? [] : [Enumerable.Range(1, key).Select(i => (byte)i).ToArray()],
        Label = label,
        Compression = compression,
    };

    /// <summary>A stream on which everything arrives in the smallest pieces.</summary>
    private sealed class OneByteAtATime(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
