using System.Buffers.Binary;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>Reads the protobuf wire format from a span. Every malformation is an <see cref="InvalidDataException"/>.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> buffer)
{
    private readonly ReadOnlySpan<byte> _buffer = buffer;

    public int Position { get; private set; }

    /// <summary>Reads the next tag; false at the end.</summary>
    public bool Next(out int field, out WireType type)
    {
        if (Position == _buffer.Length)
        {
            field = 0;
            type = default;
            return false;
        }

        var tag = Varint();
        field = (int)Math.Min(tag >> 3, int.MaxValue);
        type = (WireType)(tag & 7);
        return field != 0 ? true : throw Malformed("a field number is 0");
    }

    public ulong Varint()
    {
        var at = Position;
        if ((uint)at < (uint)_buffer.Length && _buffer[at] < 0x80)
        {
            Position = at + 1;
            return _buffer[at];
        }

        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if ((uint)at >= (uint)_buffer.Length)
            {
                throw Malformed("it ends within a number");
            }

            var next = _buffer[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                Position = at;
                return value;
            }
        }

        throw Malformed("a number is longer than ten bytes");
    }

    public ulong Fixed64()
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
        return value;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        return length <= int.MaxValue ? Take((int)length) : throw Malformed("a length is out of range");
    }

    /// <summary>Passes over a field that this version does not know.</summary>
    public void Skip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireType.LengthDelimited:
                Bytes();
                break;
            case WireType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed($"the wire type {(int)type} is not known");
        }
    }

    public static InvalidDataException Malformed(string what) => new($"The bytes are not the protobuf message that was expected: {what}.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _buffer.Length - Position)
        {
            throw Malformed("it ends within a field");
        }

        var taken = _buffer.Slice(Position, length);
        Position += length;
        return taken;
    }
}
