using System.Buffers.Binary;

namespace ChittyChat.Membership.Wire;

/// <summary>
/// Reads msgpack of both specifications and of both Go generations. Nothing throws: a method gives false when the value is
/// not what was asked for, and <see cref="IsIncomplete"/> tells whether more bytes could change that.
/// </summary>
internal ref struct MsgPackReader(ReadOnlySpan<byte> data)
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>How many bytes were read.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether the last failure was for want of bytes.</summary>
    public bool IsIncomplete { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => _data[Consumed..];

    public bool TryReadMapHeader(out int count) => TryReadContainer(0x80, 0xde, out count);

    public bool TryReadArrayHeader(out int count) => TryReadContainer(0x90, 0xdc, out count);

    /// <summary>A string or byte slice in any form; nil gives an empty one.</summary>
    public bool TryReadRaw(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryTake(1, out var head))
        {
            return false;
        }

        var code = head[0];
        if (code == 0xc0)
        {
            return true;
        }

        if (code is >= 0xa0 and <= 0xbf)
        {
            return TryTake(code & 0x1f, out bytes);
        }

        var width = code switch { 0xd9 or 0xc4 => 1, 0xda or 0xc5 => 2, 0xdb or 0xc6 => 4, _ => 0 };
        return width != 0 && TryReadBigEndian(width, out var length) && length <= int.MaxValue && TryTake((int)length, out bytes);
    }

    public bool TryReadBool(out bool value)
    {
        value = false;
        if (!TryTake(1, out var head))
        {
            return false;
        }

        value = head[0] == 0xc3;
        return head[0] is 0xc0 or 0xc2 or 0xc3;
    }

    /// <summary>An integer in signed or unsigned form that is not negative and at most <paramref name="most"/>; nil gives 0.</summary>
    public bool TryReadUInt(ulong most, out ulong value)
    {
        value = 0;
        if (!TryTake(1, out var head))
        {
            return false;
        }

        var code = head[0];
        if (code <= 0x7f)
        {
            value = code;
            return value <= most;
        }

        switch (code)
        {
            case 0xc0:
                return true;
            case >= 0xcc and <= 0xcf:
                return TryReadBigEndian(1 << (code - 0xcc), out value) && value <= most;
            case >= 0xd0 and <= 0xd3:
                var width = 1 << (code - 0xd0);
                return TryReadBigEndian(width, out value) && value < 1UL << ((8 * width) - 1) && value <= most;
            default:
                return false;
        }
    }

    public bool TryReadUInt32(out uint value)
    {
        var read = TryReadUInt(uint.MaxValue, out var wide);
        value = read ? (uint)wide : 0;
        return read;
    }

    public bool TryReadUInt16(out ushort value)
    {
        var read = TryReadUInt(ushort.MaxValue, out var wide);
        value = read ? (ushort)wide : (ushort)0;
        return read;
    }

    public bool TryReadDouble(out double value)
    {
        value = 0;
        if (!TryTake(1, out var head))
        {
            return false;
        }

        ulong bits;
        switch (head[0])
        {
            case 0xcb when TryReadBigEndian(8, out bits):
                value = BitConverter.UInt64BitsToDouble(bits);
                return true;
            case 0xca when TryReadBigEndian(4, out bits):
                value = BitConverter.UInt32BitsToSingle((uint)bits);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Skips one value of any kind.</summary>
    public bool TrySkip() => TrySkip(0);

    private bool TrySkip(int depth)
    {
        if (Consumed >= _data.Length)
        {
            IsIncomplete = true;
            return false;
        }

        var code = _data[Consumed];
        switch (code)
        {
            case <= 0x7f or >= 0xe0 or 0xc0 or 0xc2 or 0xc3:
                Consumed++;
                return true;
            case >= 0x80 and <= 0x8f or 0xde or 0xdf:
                return TryReadMapHeader(out var pairs) && TrySkipMany(2L * pairs, depth);
            case >= 0x90 and <= 0x9f or 0xdc or 0xdd:
                return TryReadArrayHeader(out var items) && TrySkipMany(items, depth);
            case >= 0xcc and <= 0xcf:
                return TryTake(1 + (1 << (code - 0xcc)), out _);
            case >= 0xd0 and <= 0xd3:
                return TryTake(1 + (1 << (code - 0xd0)), out _);
            case 0xca:
                return TryTake(5, out _);
            case 0xcb:
                return TryTake(9, out _);
            case >= 0xa0 and <= 0xbf or 0xd9 or 0xda or 0xdb or 0xc4 or 0xc5 or 0xc6:
                return TryReadRaw(out _);
            default:
                // No extension type exists anywhere in the protocol.
                return false;
        }
    }

    private bool TrySkipMany(long count, int depth)
    {
        if (depth >= MaxDepth)
        {
            return false;
        }

        for (; count > 0; count--)
        {
            if (!TrySkip(depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadContainer(byte fix, byte wide, out int count)
    {
        count = 0;
        if (!TryTake(1, out var head))
        {
            return false;
        }

        var code = head[0];
        if ((code & 0xf0) == fix)
        {
            count = code & 0x0f;
            return true;
        }

        ulong length = 0;
        var read = code == 0xc0 || (code == wide && TryReadBigEndian(2, out length)) || (code == wide + 1 && TryReadBigEndian(4, out length));
        count = (int)Math.Min(length, int.MaxValue);
        return read && length <= int.MaxValue;
    }

    private bool TryReadBigEndian(int width, out ulong value)
    {
        value = 0;
        if (!TryTake(width, out var bytes))
        {
            return false;
        }

        value = width switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        };
        return true;
    }

    private bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > _data.Length - Consumed)
        {
            bytes = default;
            IsIncomplete = true;
            return false;
        }

        bytes = _data.Slice(Consumed, count);
        Consumed += count;
        return true;
    }
}
