using System.Buffers.Binary;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation;

/// <summary>The messages in a packet of our own making: one, or a compound without further ones in it.</summary>
internal static class PacketParts
{
    public static IReadOnlyList<byte[]> Of(ReadOnlySpan<byte> packet)
    {
        if (packet[0] != (byte)MessageType.Compound)
        {
            return [packet.ToArray()];
        }

        var parts = new List<byte[]>(packet[1]);
        var rest = packet[(2 + (2 * packet[1]))..];
        for (var i = 0; i < packet[1]; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(packet[(2 + (2 * i))..]);
            parts.Add(rest[..length].ToArray());
            rest = rest[length..];
        }

        return parts;
    }

    /// <summary>Gives a packet in which each message was changed, to one of the same length.</summary>
    public static byte[] Change(byte[] packet, Action<Span<byte>> change)
    {
        if (packet[0] != (byte)MessageType.Compound)
        {
            change(packet);
            return packet;
        }

        var at = 2 + (2 * packet[1]);
        for (var i = 0; i < packet[1]; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2 + (2 * i)));
            change(packet.AsSpan(at, length));
            at += length;
        }

        return packet;
    }
}
