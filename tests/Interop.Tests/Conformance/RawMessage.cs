using System.Buffers.Binary;
using System.Text;

namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>
/// A codec of its own, made for these tests alone: what the library writes is read, and what it reads is written, by somebody who does not
/// share its mistakes. Maps in the older msgpack, with all that goes around them.
/// </summary>
internal static class RawMessage
{
    public const byte Ping = 0;
    public const byte IndirectPing = 1;
    public const byte Ack = 2;
    public const byte Suspect = 3;
    public const byte Alive = 4;
    public const byte Dead = 5;
    public const byte PushPull = 6;
    public const byte Compound = 7;
    public const byte User = 8;
    public const byte Compress = 9;
    public const byte Nack = 11;
    public const byte Checksum = 12;
    public const byte Error = 13;

    public static readonly byte[] SerfVersions = [1, 5, 2, 2, 5, 5];

    /// <summary>A type byte and a map.</summary>
    public static byte[] Of(byte type, params (string Key, object? Value)[] fields) => [type, .. Map(fields)];

    public static byte[] PingOf(string node, uint number) => Of(Ping, ("Node", node), ("SeqNo", number));

    public static byte[] SuspectOf(string node, uint incarnation, string from) => Of(Suspect, ("From", from), ("Incarnation", incarnation), ("Node", node));

    public static byte[] DeadOf(string node, uint incarnation, string from) => Of(Dead, ("From", from), ("Incarnation", incarnation), ("Node", node));

    public static byte[] AliveOf(string node, uint incarnation, int port, byte[]? versions = null, byte[]? address = null, string metadata = "") => Of(
        Alive, ("Addr", address ?? [127, 0, 0, 1]), ("Incarnation", incarnation), ("Meta", Encoding.UTF8.GetBytes(metadata)), ("Node", node), ("Port", (uint)port),
        ("Vsn", versions ?? SerfVersions));

    public static byte[] CompoundOf(params byte[][] parts) =>
        [Compound, (byte)parts.Length, .. parts.SelectMany(p => new[] { (byte)(p.Length >> 8), (byte)p.Length }), .. parts.SelectMany(p => p)];

    public static byte[] WithChecksum(byte[] message, uint flip = 0)
    {
        var checksum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32(message) ^ flip);
        return [Checksum, .. checksum, .. message];
    }

    public static byte[] Map(params (string Key, object? Value)[] fields) =>
        [(byte)(0x80 | fields.Length), .. fields.SelectMany(f => Value(f.Key).Concat(Value(f.Value)))];

    public static byte[] Value(object? value) => value switch
    {
        null => [0xC0],
        bool b => [b ? (byte)0xC3 : (byte)0xC2],
        string s => Raw(Encoding.UTF8.GetBytes(s)),
        byte[] b => Raw(b),
        uint and < 128 and var n => [(byte)n],
        uint n => [0xCE, (byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n],
        // As the newer Go nodes write their signed fields.
        long n => [0xD3, .. BitConverter.GetBytes(n).Reverse()],
        _ => throw new ArgumentException($"No encoding for a {value.GetType()}."),
    };

    /// <summary>Reads a map and gives how many bytes it had.</summary>
    public static Dictionary<string, object?> ReadMap(ReadOnlySpan<byte> bytes, out int length)
    {
        var at = 0;
        var map = (Dictionary<string, object?>)Read(bytes, ref at)!;
        length = at;
        return map;
    }

    /// <summary>The messages of a datagram, out of its checksum and compounds. Compressed ones are not expected: the nodes here do not compress.</summary>
    public static IEnumerable<(byte Type, Dictionary<string, object?> Fields)> Messages(byte[] datagram)
    {
        switch (datagram[0])
        {
            case Checksum:
                Assert.Equal(Crc32(datagram[5..]), BinaryPrimitives.ReadUInt32BigEndian(datagram.AsSpan(1)));
                return Messages(datagram[5..]);
            case Compound:
                var parts = new List<(byte, Dictionary<string, object?>)>();
                for (int i = 0, at = 2 + (2 * datagram[1]); i < datagram[1]; i++)
                {
                    var length = BinaryPrimitives.ReadUInt16BigEndian(datagram.AsSpan(2 + (2 * i)));
                    parts.AddRange(Messages(datagram[at..(at + length)]));
                    at += length;
                }

                return parts;
            case User:
                return [];
            default:
                return [(datagram[0], ReadMap(datagram.AsSpan(1), out _))];
        }
    }

    private static byte[] Raw(byte[] bytes) => bytes.Length < 32
        ? [(byte)(0xA0 | bytes.Length), .. bytes]
        : [0xDA, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private static object? Read(ReadOnlySpan<byte> bytes, ref int at)
    {
        var head = bytes[at++];
        switch (head)
        {
            case < 0x80:
                return (ulong)head;
            case < 0x90:
                var map = new Dictionary<string, object?>();
                for (var left = head & 0x0F; left > 0; left--)
                {
                    var key = Encoding.UTF8.GetString((byte[])Read(bytes, ref at)!);
                    map[key] = Read(bytes, ref at);
                }

                return map;
            case < 0xA0:
                var array = new object?[head & 0x0F];
                for (var i = 0; i < array.Length; i++)
                {
                    array[i] = Read(bytes, ref at);
                }

                return array;
            case < 0xC0:
                return Take(bytes, head & 0x1F, ref at);
            case 0xC0:
                return null;
            case 0xC2 or 0xC3:
                return head == 0xC3;
            case 0xCC or 0xCD or 0xCE or 0xCF:
                return Number(Take(bytes, 1 << (head - 0xCC), ref at));
            case 0xDA:
                return Take(bytes, (int)Number(Take(bytes, 2, ref at)), ref at);
            default:
                throw new InvalidDataException($"The library does not write msgpack of kind {head:x2}.");
        }
    }

    private static byte[] Take(ReadOnlySpan<byte> bytes, int count, ref int at)
    {
        at += count;
        return bytes[(at - count)..at].ToArray();
    }

    private static ulong Number(byte[] bytes) => bytes.Aggregate(0ul, (number, b) => (number << 8) | b);

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0u - (crc & 1)));
            }
        }

        return ~crc;
    }
}
