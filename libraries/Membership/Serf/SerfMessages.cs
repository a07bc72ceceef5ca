using System.Net;
using System.Text;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

internal enum SerfMessageType : byte
{
    Leave = 0,
    Join = 1,
    PushPull = 2,
    UserEvent = 3,
    Query = 4,
    QueryResponse = 5,
    ConflictResponse = 6,
    KeyRequest = 7,
    KeyResponse = 8,
    Relay = 9,
}

/// <summary>A join or leave intent.</summary>
internal ref struct SerfIntent
{
    public ulong Time;
    public ReadOnlySpan<byte> Node;

    public static bool TryRead(ReadOnlySpan<byte> body, out SerfIntent intent)
    {
        intent = default;
        var reader = new MsgPackReader(body);
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("LTime"u8) => reader.TryReadUInt(ulong.MaxValue, out intent.Time),
                _ when key.SequenceEqual("Node"u8) => reader.TryReadRaw(out intent.Node),
                _ => reader.TrySkip(),
            };
        }

        return read;
    }

    public static byte[] Write(SerfMessageType type, ulong time, string node)
    {
        var writer = new ByteWriter(64);
        writer.WriteByte((byte)type);
        writer.WriteMapHeader(type == SerfMessageType.Leave ? 3 : 2);
        writer.WriteRaw("LTime"u8);
        writer.WriteUInt(time);
        writer.WriteRaw("Node"u8);
        writer.WriteString(node);
        if (type == SerfMessageType.Leave)
        {
            writer.WriteRaw("Prune"u8);
            writer.WriteBool(false);
        }

        return writer.ToArray();
    }
}

/// <summary>A user event; also the form in which a push/pull replays one.</summary>
internal ref struct SerfEventMessage
{
    public ulong Time;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Payload;
    public bool Coalesce;

    public static bool TryRead(scoped ref MsgPackReader reader, out SerfEventMessage message)
    {
        message = default;
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("LTime"u8) => reader.TryReadUInt(ulong.MaxValue, out message.Time),
                _ when key.SequenceEqual("Name"u8) => reader.TryReadRaw(out message.Name),
                _ when key.SequenceEqual("Payload"u8) => reader.TryReadRaw(out message.Payload),
                _ when key.SequenceEqual("CC"u8) => reader.TryReadBool(out message.Coalesce),
                _ => reader.TrySkip(),
            };
        }

        return read;
    }

    public static byte[] Write(ulong time, string name, ReadOnlySpan<byte> payload, bool coalesce)
    {
        var writer = new ByteWriter(64 + payload.Length);
        writer.WriteByte((byte)SerfMessageType.UserEvent);
        writer.WriteMapHeader(4);
        writer.WriteRaw("CC"u8);
        writer.WriteBool(coalesce);
        writer.WriteRaw("LTime"u8);
        writer.WriteUInt(time);
        writer.WriteRaw("Name"u8);
        writer.WriteString(name);
        writer.WriteRaw("Payload"u8);
        writer.WriteRaw(payload);
        return writer.ToArray();
    }
}

/// <summary>A query: a question to all members, or to those that its filters choose.</summary>
internal sealed class SerfQuery
{
    public const uint AckWanted = 1;
    public const uint NoBroadcast = 2;

    private ulong _time;
    private ulong _flags;
    private uint _id;
    private bool _filtersAreReadable = true;

    public ulong Time => _time;

    public uint Id => _id;

    public ulong Flags => _flags;

    public IPEndPoint? ReplyTo { get; private set; }

    public string Name { get; private set; } = "";

    public byte[] Payload { get; private set; } = [];

    public List<byte[]> Filters { get; } = [];

    public static SerfQuery? TryRead(ReadOnlySpan<byte> body)
    {
        var query = new SerfQuery();
        ReadOnlySpan<byte> address = default;
        ushort port = 0;
        var reader = new MsgPackReader(body);
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            ReadOnlySpan<byte> bytes;
            read = reader.TryReadRaw(out var key);
            if (!read)
            {
                break;
            }

            switch (Encoding.ASCII.GetString(key))
            {
                case "LTime":
                    read = reader.TryReadUInt(ulong.MaxValue, out query._time);
                    break;
                case "ID":
                    read = reader.TryReadUInt32(out query._id);
                    break;
                case "Flags":
                    read = reader.TryReadUInt(uint.MaxValue, out query._flags);
                    break;
                case "Addr":
                    read = reader.TryReadRaw(out address);
                    break;
                case "Port":
                    read = reader.TryReadUInt16(out port);
                    break;
                case "Name":
                    read = reader.TryReadRaw(out bytes);
                    query.Name = Encoding.UTF8.GetString(bytes);
                    break;
                case "Payload":
                    read = reader.TryReadRaw(out bytes);
                    query.Payload = bytes.ToArray();
                    break;
                case "Filters":
                    read = query.TryReadFilters(ref reader);
                    break;
                default:
                    read = reader.TrySkip();
                    break;
            }
        }

        if (address.Length is 4 or 16 && port != 0)
        {
            var parsed = new IPAddress(address);
            query.ReplyTo = new IPEndPoint(parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed, port);
        }

        return read && query._filtersAreReadable ? query : null;
    }

    /// <summary>The answer; with <paramref name="ack"/> the confirmation that the query arrived.</summary>
    public byte[] WriteResponse(string from, bool ack, ReadOnlySpan<byte> payload)
    {
        var writer = new ByteWriter(96 + payload.Length);
        writer.WriteByte((byte)SerfMessageType.QueryResponse);
        writer.WriteMapHeader(5);
        writer.WriteRaw("Flags"u8);
        writer.WriteUInt(ack ? AckWanted : 0);
        writer.WriteRaw("From"u8);
        writer.WriteString(from);
        writer.WriteRaw("ID"u8);
        writer.WriteUInt(Id);
        writer.WriteRaw("LTime"u8);
        writer.WriteUInt(Time);
        writer.WriteRaw("Payload"u8);
        writer.WriteRawOrNil(payload);
        return writer.ToArray();
    }

    private bool TryReadFilters(scoped ref MsgPackReader reader)
    {
        var read = reader.TryReadArrayHeader(out var filters);
        for (; read && filters > 0; filters--)
        {
            read = reader.TryReadRaw(out var filter);
            _filtersAreReadable &= !filter.IsEmpty;
            Filters.Add(filter.ToArray());
        }

        return read;
    }
}
