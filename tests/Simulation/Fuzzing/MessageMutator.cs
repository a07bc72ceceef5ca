namespace ChittyChat.Simulation.Fuzzing;

/// <summary>Damages messages in the ways that find defects in parsers: bits, lengths, ends, pieces of other messages.</summary>
/// <param name="random">The source of all choices.</param>
/// <param name="others">Where pieces of other messages come from.</param>
public sealed class MessageMutator(Random random, IReadOnlyList<byte[]> others)
{
    // Ends of ranges, heads of msgpack values with long lengths, and the types of layers.
    private static readonly byte[] Telling =
        [0x00, 0x01, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0c, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc1, 0xc6, 0xcb, 0xcf, 0xd3, 0xd9, 0xdb, 0xdd, 0xde, 0xdf, 0xf4, 0xfe, 0xff];

    /// <summary>Gives a damaged copy, at most 60,000 bytes long.</summary>
    public byte[] Mutate(ReadOnlySpan<byte> message)
    {
        var bytes = new List<byte>(message.Length + 64);
        bytes.AddRange(message);
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            Damage(bytes);
        }

        return bytes.Count <= 60_000 ? [.. bytes] : [.. bytes[..60_000]];
    }

    private void Damage(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = Telling[random.Next(Telling.Length)];
                break;
            case 2 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 3:
                bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(8)));
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                // A length, or a number, out of all proportion.
                for (var i = at; i < Math.Min(at + 4, bytes.Count); i++)
                {
                    bytes[i] = (byte)(random.Next(2) == 0 ? 0xff : random.Next(256));
                }

                break;
            case 7:
                var count = random.Next(1, 40);
                bytes.InsertRange(at, bytes.GetRange(Math.Min(at, Math.Max(0, bytes.Count - count)), Math.Min(count, bytes.Count)));
                break;
            case 8:
                var other = others[random.Next(others.Count)];
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 80))]);
                break;
        }
    }
}
