using System.Buffers.Binary;
using System.Numerics;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>Writes the protobuf wire format into a buffer whose size was computed before.</summary>
internal ref struct ProtoWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    public static int VarintSize(ulong value) => ((63 - BitOperations.LeadingZeroCount(value | 1)) * 9 + 73) / 64;

    public static int BytesSize(int length) => VarintSize((ulong)length) + length;

    public void Tag(int field, WireType type) => Varint((ulong)((field << 3) | (int)type));

    public void Varint(ulong value)
    {
        var at = Written;
        while (value >= 0x80)
        {
            _buffer[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[at++] = (byte)value;
        Written = at;
    }

    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer[Written..], value);
        Written += sizeof(ulong);
    }

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Written..]);
        Written += bytes.Length;
    }

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)bytes.Length);
        Raw(bytes);
    }
}
