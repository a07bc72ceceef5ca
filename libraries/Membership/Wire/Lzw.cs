namespace ChittyChat.Membership.Wire;

/// <summary>
/// The LZW dialect of Go's compress/lzw with least significant bits first and 8-bit literals: codes of 9 to 12 bits, 256
/// clears the table, 257 ends. The output is byte for byte that of Go.
/// </summary>
internal static class Lzw
{
    private const int Clear = 256;
    private const int End = 257;
    private const int MaxWidth = 12;
    private const int MaxCode = (1 << MaxWidth) - 1;

    /// <summary>Compresses <paramref name="input"/> and appends the result to <paramref name="output"/>.</summary>
    public static void Compress(ReadOnlySpan<byte> input, ByteWriter output)
    {
        var bits = new BitWriter(output);
        bits.Write(Clear);
        if (input.IsEmpty)
        {
            bits.Write(End);
            bits.Flush();
            return;
        }

        // The table is a tree of prefixes: each code knows its first child, and each child its next sibling.
        Span<ushort> firstChild = stackalloc ushort[MaxCode + 1];
        Span<ushort> sibling = stackalloc ushort[MaxCode + 1];
        Span<byte> suffix = stackalloc byte[MaxCode + 1];
        firstChild[..Clear].Clear();
        int prefix = input[0];
        foreach (var next in input[1..])
        {
            int child = firstChild[prefix];
            while (child != 0 && suffix[child] != next)
            {
                child = sibling[child];
            }

            if (child != 0)
            {
                prefix = child;
                continue;
            }

            if (bits.WriteAndGrow(prefix))
            {
                firstChild[..Clear].Clear();
            }
            else
            {
                suffix[bits.High] = next;
                sibling[bits.High] = firstChild[prefix];
                firstChild[bits.High] = 0;
                firstChild[prefix] = (ushort)bits.High;
            }

            prefix = next;
        }

        bits.WriteAndGrow(prefix);
        bits.Write(End);
        bits.Flush();
    }

    /// <summary>
    /// Expands <paramref name="input"/> and appends the result to <paramref name="output"/>; false when the input is corrupt or
    /// the result would have more than <paramref name="limit"/> bytes. Bytes after the end code are ignored, as Go ignores them.
    /// </summary>
    public static bool TryDecompress(ReadOnlySpan<byte> input, ByteWriter output, int limit)
    {
        Span<ushort> prefixes = stackalloc ushort[MaxCode + 1];
        Span<byte> suffixes = stackalloc byte[MaxCode + 1];
        Span<byte> expansion = stackalloc byte[MaxCode + 1];
        var start = output.Length;
        var position = 0;
        uint pending = 0;
        var available = 0;
        var width = 9;
        var high = End;
        var overflow = 1 << 9;
        var last = -1;
        while (true)
        {
            while (available < width)
            {
                if (position == input.Length)
                {
                    return false;
                }

                pending |= (uint)input[position++] << available;
                available += 8;
            }

            var code = (int)(pending & ((1u << width) - 1));
            pending >>= width;
            available -= width;
            if (code == End)
            {
                return true;
            }

            if (code == Clear)
            {
                (width, high, overflow, last) = (9, End, 1 << 9, -1);
                continue;
            }

            if (code > high)
            {
                return false;
            }

            // The code that is about to be defined means the last expansion and its own first byte once more.
            var repeats = code == high && last >= 0;
            var first = Expand(repeats ? last : code, prefixes, suffixes, expansion, out var count);
            if (output.Length - start + count + (repeats ? 1 : 0) > limit)
            {
                return false;
            }

            output.Write(expansion[^count..]);
            if (repeats)
            {
                output.WriteByte(first);
            }

            if (last >= 0)
            {
                suffixes[high] = first;
                prefixes[high] = (ushort)last;
            }

            (last, high) = (code, high + 1);
            if (high >= overflow)
            {
                if (width == MaxWidth)
                {
                    // The table is full: nothing more is added until it is cleared.
                    (last, high) = (-1, high - 1);
                }
                else
                {
                    width++;
                    overflow <<= 1;
                }
            }
        }
    }

    // Follows the prefixes back to the literal, filling the buffer from its end; gives the literal.
    private static byte Expand(int code, ReadOnlySpan<ushort> prefixes, ReadOnlySpan<byte> suffixes, Span<byte> expansion, out int count)
    {
        var at = expansion.Length;
        while (code >= Clear)
        {
            expansion[--at] = suffixes[code];
            code = prefixes[code];
        }

        expansion[--at] = (byte)code;
        count = expansion.Length - at;
        return (byte)code;
    }

    private ref struct BitWriter(ByteWriter output)
    {
        private uint _bits;
        private int _count;
        private int _width = 9;
        private int _limit = 1 << 9;

        // The code that the next table entry gets.
        public int High { get; private set; } = End;

        public void Write(int code)
        {
            _bits |= (uint)code << _count;
            _count += _width;
            while (_count >= 8)
            {
                output.WriteByte((byte)_bits);
                _bits >>= 8;
                _count -= 8;
            }
        }

        // Writes a code and makes room for an entry; true when the table was full and is cleared instead.
        public bool WriteAndGrow(int code)
        {
            Write(code);
            High++;
            if (High == _limit)
            {
                _width++;
                _limit <<= 1;
            }

            if (High != MaxCode)
            {
                return false;
            }

            Write(Clear);
            (_width, _limit, High) = (9, 1 << 9, End);
            return true;
        }

        public readonly void Flush()
        {
            if (_count > 0)
            {
                output.WriteByte((byte)_bits);
            }
        }
    }
}
