using System.Text;

namespace ChittyChat.Membership.Wire;

/// <summary>
/// Writes msgpack as go-msgpack 0.5.5 does: the old specification, in which strings and byte slices are both "raw", and
/// integers in their shortest unsigned form. Every memberlist ever released reads this.
/// </summary>
internal static class MsgPackWriter
{
    public static void WriteMapHeader(this ByteWriter writer, int count) => WriteHeader(writer, count, 15, 0x80, 0xde);

    public static void WriteArrayHeader(this ByteWriter writer, int count) => WriteHeader(writer, count, 15, 0x90, 0xdc);

    public static void WriteRaw(this ByteWriter writer, ReadOnlySpan<byte> bytes)
    {
        WriteHeader(writer, bytes.Length, 31, 0xa0, 0xda);
        writer.Write(bytes);
    }

    /// <summary>A byte slice as Go writes one: nil when there is none.</summary>
    public static void WriteRawOrNil(this ByteWriter writer, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            writer.WriteNil();
        }
        else
        {
            writer.WriteRaw(bytes);
        }
    }

    public static void WriteString(this ByteWriter writer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteHeader(writer, length, 31, 0xa0, 0xda);
        Encoding.UTF8.GetBytes(text, writer.Take(length));
    }

    public static void WriteNil(this ByteWriter writer) => writer.WriteByte(0xc0);

    public static void WriteBool(this ByteWriter writer, bool value) => writer.WriteByte(value ? (byte)0xc3 : (byte)0xc2);

    public static void WriteUInt(this ByteWriter writer, ulong value)
    {
        switch (value)
        {
            case <= 0x7f:
                writer.WriteByte((byte)value);
                break;
            case <= byte.MaxValue:
                writer.WriteByte(0xcc);
                writer.WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                writer.WriteByte(0xcd);
                writer.WriteUInt16((ushort)value);
                break;
            case <= uint.MaxValue:
                writer.WriteByte(0xce);
                writer.WriteUInt32((uint)value);
                break;
            default:
                writer.WriteByte(0xcf);
                writer.WriteUInt64(value);
                break;
        }
    }

    public static void WriteDouble(this ByteWriter writer, double value)
    {
        writer.WriteByte(0xcb);
        writer.WriteUInt64(BitConverter.DoubleToUInt64Bits(value));
    }

    // The three container kinds share one layout: a short form in the low bits, then 16 and 32 bits under successive codes.
    private static void WriteHeader(ByteWriter writer, int count, int shortest, byte fix, byte wide)
    {
        if (count <= shortest)
        {
            writer.WriteByte((byte)(fix | count));
        }
        else if (count <= ushort.MaxValue)
        {
            writer.WriteByte(wide);
            writer.WriteUInt16((ushort)count);
        }
        else
        {
            writer.WriteByte((byte)(wide + 1));
            writer.WriteUInt32((uint)count);
        }
    }
}
