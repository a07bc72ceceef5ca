using System.Diagnostics.CodeAnalysis;
using System.Net;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

/// <summary>A message that a member asks another one to pass on, for when the direct way loses datagrams.</summary>
internal static class SerfRelay
{
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out IPEndPoint? destination, out ReadOnlySpan<byte> inner)
    {
        ReadOnlySpan<byte> address = default;
        ushort port = 0;
        var reader = new MsgPackReader(body);
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key)
                && (key.SequenceEqual("DestAddr"u8) ? TryReadAddress(ref reader, out address, out port) : reader.TrySkip());
        }

        inner = reader.Rest;
        destination = read && address.Length is 4 or 16 && port != 0 && !inner.IsEmpty ? new IPEndPoint(new IPAddress(address), port) : null;
        return destination is not null;
    }

    private static bool TryReadAddress(scoped ref MsgPackReader reader, out ReadOnlySpan<byte> address, out ushort port)
    {
        address = default;
        port = 0;
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("IP"u8) => reader.TryReadRaw(out address),
                _ when key.SequenceEqual("Port"u8) => reader.TryReadUInt16(out port),
                _ => reader.TrySkip(),
            };
        }

        return read;
    }
}
