using System.Security.Cryptography;
using System.Text;
using ChittyChat.Membership.Wire;
using ChittyChat.Simulation.Fuzzing;
using CsCheck;

namespace ChittyChat.Membership.Tests.Wire;

public sealed class CodecPropertyTests
{
    // Few letters and long runs fill the table with long entries and make codes that are used before they are defined.
    private static readonly Gen<byte[]> Text =
        Gen.Select(Gen.Byte.Array[1, 20], Gen.Int[0, 19].Array[0, 4000]).Select((letters, picks) => picks.Select(p => letters[p % letters.Length]).ToArray());

    [Fact]
    public void Everything_that_is_compressed_comes_back()
    {
        Gen.OneOf(Text, Gen.Byte.Array[0, 6000]).Sample(
            input =>
            {
                var compressed = new ByteWriter();
                Lzw.Compress(input, compressed);
                var expanded = new ByteWriter();
                Assert.True(Lzw.TryDecompress(compressed.Written, expanded, input.Length));
                Assert.Equal(input, expanded.ToArray());
                if (input.Length > 0)
                {
                    Assert.False(Lzw.TryDecompress(compressed.Written, new ByteWriter(), input.Length - 1));
                }

                // Without its end it is incomplete, wherever it is cut.
                Assert.False(Lzw.TryDecompress(compressed.Written[..(compressed.Length / 2)], new ByteWriter(), input.Length));
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void What_was_never_compressed_is_refused_or_expanded_within_the_limit()
    {
        var expanded = 0;
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 5000]).Sample(
            (input, limit) =>
            {
                var output = new ByteWriter();
                expanded += Lzw.TryDecompress(input, output, limit) ? 1 : 0;
                Assert.InRange(output.Length, 0, limit);
            },
            iter: 20_000,
            threads: 1);
        Assert.InRange(expanded, 20, 19_000);
    }

    [Fact]
    public void A_message_means_the_same_in_both_dialects_whatever_the_order_of_its_keys()
    {
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 60], Gen.UInt, Gen.UShort, Gen.Byte.Array[0, 512], Gen.Int[0, int.MaxValue - 1]).Sample(
            (name, incarnation, port, metadata, seed) =>
            {
                var random = new Random(seed);
                byte[] versions = [1, 5, 2, 2, 5, 5];
                (string Key, Action<ByteWriter> Value)[] fields =
                [
                    ("Addr", w => WriteBytes(w, [10, 0, 0, 1], random)),
                    ("Incarnation", w => WriteInteger(w, incarnation, random)),
                    ("Meta", w => WriteBytes(w, metadata, random)),
                    ("Node", w => WriteText(w, name, random)),
                    ("Port", w => WriteInteger(w, port, random)),
                    ("Vsn", w => WriteBytes(w, versions, random)),
                    ("Unknown", w =>
                    {
                        w.WriteArrayHeader(2);
                        w.WriteDouble(1.5);
                        w.WriteBool(true);
                    }),
                ];
                random.Shuffle(fields);
                var writer = new ByteWriter();
                writer.WriteMapHeader(fields.Length);
                foreach (var (key, value) in fields)
                {
                    WriteText(writer, key, random);
                    value(writer);
                }

                var reader = new MsgPackReader(writer.Written);
                Assert.True(AliveMessage.TryRead(ref reader, out var alive));
                Assert.Equal(writer.Length, reader.Consumed);
                Assert.Equal((name, incarnation, port), (Encoding.UTF8.GetString(alive.Node), alive.Incarnation, alive.Port));
                Assert.Equal(metadata, alive.Metadata.ToArray());
                Assert.Equal(versions, alive.Versions.ToArray());
            },
            iter: 3000,
            threads: 1);
    }

    [Fact]
    public void Frames_of_every_key_length_and_both_versions_are_opened_by_whoever_has_the_key()
    {
        var key = Gen.OneOf(Gen.Byte.Array[16], Gen.Byte.Array[24], Gen.Byte.Array[32]);
        Gen.Select(key, key, Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 20], Gen.Bool).Sample(
            (used, other, plain, authenticated, padded) =>
            {
                if (used.SequenceEqual(other))
                {
                    return;
                }

                var frame = padded ? SealPadded(used, plain, authenticated) : Seal(used, plain, authenticated);
                AssertOpens(new Keyring([used]), frame, authenticated, plain);
                AssertOpens(new Keyring([other, used]), frame, authenticated, plain);
                Assert.False(SecureFrame.TryOpen(new Keyring([other]), frame, authenticated, new ByteWriter(), out _));
                Assert.False(SecureFrame.TryOpen(new Keyring([used]), frame, [.. authenticated, 1], new ByteWriter(), out _));
                frame[plain.Length % frame.Length] ^= 4;
                Assert.False(SecureFrame.TryOpen(new Keyring([used]), frame, authenticated, new ByteWriter(), out _));
            },
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public void Answering_a_ping_allocates_nothing()
    {
        var target = new FuzzTarget(new Random(1), encrypted: false);
        target.Pass(TimeSpan.FromSeconds(20));
        var asker = new Member("asker", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 9999), default, MemberState.Alive, new Incarnation(1), ProtocolVersions.Serf);
        var ping = new ByteWriter();
        ping.WritePing(70_000, MessageCorpus.Target, asker);
        var datagram = ping.ToArray();
        for (var i = 0; i < 100; i++)
        {
            target.TakeDatagram(datagram);
        }

        var effects = target.Effects;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            target.TakeDatagram(datagram);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, target.Effects - effects);
    }

    private static void AssertOpens(Keyring keyring, byte[] frame, byte[] authenticated, byte[] plain)
    {
        Assert.True(SecureFrame.TryOpen(keyring, frame, authenticated, new ByteWriter(), out var opened));
        Assert.Equal(plain, opened.ToArray());
    }

    private static byte[] Seal(byte[] key, byte[] plain, byte[] authenticated)
    {
        var writer = new ByteWriter();
        SecureFrame.Seal(new Keyring([key]), plain, authenticated, writer);
        return writer.ToArray();
    }

    // As memberlist does with protocol version 1: padded to whole blocks, by at least one byte.
    private static byte[] SealPadded(byte[] key, byte[] plain, byte[] authenticated)
    {
        var padding = 16 - (plain.Length % 16);
        byte[] padded = [.. plain, .. Enumerable.Repeat((byte)padding, padding)];
        var frame = new byte[1 + 12 + padded.Length + 16];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(frame.AsSpan(1, 12), padded, frame.AsSpan(13, padded.Length), frame.AsSpan(13 + padded.Length), authenticated);
        return frame;
    }

    private static void WriteText(ByteWriter writer, string text, Random random)
    {
        if (random.Next(2) == 0)
        {
            writer.WriteString(text);
            return;
        }

        writer.WriteByte(0xd9);
        writer.WriteByte((byte)text.Length);
        writer.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteBytes(ByteWriter writer, byte[] bytes, Random random)
    {
        if (random.Next(2) == 0)
        {
            writer.WriteRawOrNil(bytes);
            return;
        }

        writer.WriteByte(0xc5);
        writer.WriteUInt16((ushort)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteInteger(ByteWriter writer, uint value, Random random)
    {
        if (random.Next(2) == 0)
        {
            writer.WriteUInt(value);
            return;
        }

        writer.WriteByte(0xd3);
        writer.WriteUInt64(value);
    }
}
