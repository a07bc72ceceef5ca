using System.Text;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

/// <summary>What Serf agents tell each other in a push/pull.</summary>
internal sealed class SerfExchange
{
    private ulong _time;
    private ulong _eventTime;
    private ulong _queryTime;

    public ulong Time { get => _time; init => _time = value; }

    public ulong EventTime { get => _eventTime; init => _eventTime = value; }

    public ulong QueryTime { get => _queryTime; init => _queryTime = value; }

    /// <summary>When each member last joined or left, in Lamport time.</summary>
    public Dictionary<string, ulong> StatusTimes { get; } = new(StringComparer.Ordinal);

    public HashSet<string> LeftMembers { get; } = new(StringComparer.Ordinal);

    public List<(ulong Time, string Name, byte[] Payload)> Events { get; } = [];

    public static SerfExchange? TryRead(ReadOnlySpan<byte> state)
    {
        if (state.IsEmpty || state[0] != (byte)SerfMessageType.PushPull)
        {
            return null;
        }

        var exchange = new SerfExchange();
        var reader = new MsgPackReader(state[1..]);
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("LTime"u8) => reader.TryReadUInt(ulong.MaxValue, out exchange._time),
                _ when key.SequenceEqual("EventLTime"u8) => reader.TryReadUInt(ulong.MaxValue, out exchange._eventTime),
                _ when key.SequenceEqual("QueryLTime"u8) => reader.TryReadUInt(ulong.MaxValue, out exchange._queryTime),
                _ when key.SequenceEqual("StatusLTimes"u8) => exchange.TryReadStatusTimes(ref reader),
                _ when key.SequenceEqual("LeftMembers"u8) => exchange.TryReadLeftMembers(ref reader),
                _ when key.SequenceEqual("Events"u8) => exchange.TryReadEvents(ref reader),
                _ => reader.TrySkip(),
            };
        }

        return read ? exchange : null;
    }

    public byte[] Write()
    {
        var writer = new ByteWriter(256);
        writer.WriteByte((byte)SerfMessageType.PushPull);
        writer.WriteMapHeader(6);
        writer.WriteRaw("EventLTime"u8);
        writer.WriteUInt(EventTime);
        writer.WriteRaw("Events"u8);
        WriteEvents(writer);
        writer.WriteRaw("LTime"u8);
        writer.WriteUInt(Time);
        writer.WriteRaw("LeftMembers"u8);
        writer.WriteArrayHeader(LeftMembers.Count);
        foreach (var left in LeftMembers)
        {
            writer.WriteString(left);
        }

        writer.WriteRaw("QueryLTime"u8);
        writer.WriteUInt(QueryTime);
        writer.WriteRaw("StatusLTimes"u8);
        writer.WriteMapHeader(StatusTimes.Count);
        foreach (var (name, time) in StatusTimes)
        {
            writer.WriteString(name);
            writer.WriteUInt(time);
        }

        return writer.ToArray();
    }

    private void WriteEvents(ByteWriter writer)
    {
        var byTime = Events.GroupBy(e => e.Time).ToArray();
        writer.WriteArrayHeader(byTime.Length);
        foreach (var slot in byTime)
        {
            writer.WriteMapHeader(2);
            writer.WriteRaw("Events"u8);
            writer.WriteArrayHeader(slot.Count());
            foreach (var (_, name, payload) in slot)
            {
                writer.WriteMapHeader(2);
                writer.WriteRaw("Name"u8);
                writer.WriteString(name);
                writer.WriteRaw("Payload"u8);
                writer.WriteRaw(payload);
            }

            writer.WriteRaw("LTime"u8);
            writer.WriteUInt(slot.Key);
        }
    }

    private bool TryReadStatusTimes(scoped ref MsgPackReader reader)
    {
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var name) & reader.TryReadUInt(ulong.MaxValue, out var time);
            StatusTimes[Encoding.UTF8.GetString(name)] = time;
        }

        return read;
    }

    private bool TryReadLeftMembers(scoped ref MsgPackReader reader)
    {
        var read = reader.TryReadArrayHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var name);
            LeftMembers.Add(Encoding.UTF8.GetString(name));
        }

        return read;
    }

    // The whole ring is sent, most of it nil.
    private bool TryReadEvents(scoped ref MsgPackReader reader)
    {
        var read = reader.TryReadArrayHeader(out var slots);
        for (; read && slots > 0; slots--)
        {
            ulong time = 0;
            var first = Events.Count;
            read = reader.TryReadMapHeader(out var fields);
            for (; read && fields > 0; fields--)
            {
                read = reader.TryReadRaw(out var key) && key switch
                {
                    _ when key.SequenceEqual("LTime"u8) => reader.TryReadUInt(ulong.MaxValue, out time),
                    _ when key.SequenceEqual("Events"u8) => TryReadSlot(ref reader),
                    _ => reader.TrySkip(),
                };
            }

            for (var i = first; i < Events.Count; i++)
            {
                Events[i] = (time, Events[i].Name, Events[i].Payload);
            }
        }

        return read;
    }

    private bool TryReadSlot(scoped ref MsgPackReader reader)
    {
        var read = reader.TryReadArrayHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = SerfEventMessage.TryRead(ref reader, out var message);
            if (read)
            {
                Events.Add((0, Encoding.UTF8.GetString(message.Name), message.Payload.ToArray()));
            }
        }

        return read;
    }
}
