namespace ChittyChat.Membership.Wire;

/// <summary>Writes the messages with their type byte; keys in ascending order and empty optional fields left out, as Go does.</summary>
internal static class MessageWriter
{
    public static void WritePing(this ByteWriter writer, uint sequenceNumber, string node, Member source)
    {
        writer.WriteByte((byte)MessageType.Ping);
        writer.WriteMapHeader(5);
        writer.WriteRaw("Node"u8);
        writer.WriteString(node);
        writer.WriteRaw("SeqNo"u8);
        writer.WriteUInt(sequenceNumber);
        WriteSource(writer, source);
    }

    public static void WriteIndirectPing(this ByteWriter writer, uint sequenceNumber, Member target, bool nack, Member source)
    {
        writer.WriteByte((byte)MessageType.IndirectPing);
        writer.WriteMapHeader(8);
        writer.WriteRaw("Nack"u8);
        writer.WriteBool(nack);
        writer.WriteRaw("Node"u8);
        writer.WriteString(target.Name);
        writer.WriteRaw("Port"u8);
        writer.WriteUInt((ulong)target.Address.Port);
        writer.WriteRaw("SeqNo"u8);
        writer.WriteUInt(sequenceNumber);
        WriteSource(writer, source);
        writer.WriteRaw("Target"u8);
        writer.WriteRaw(target.AddressBytes.Span);
    }

    public static void WriteAck(this ByteWriter writer, uint sequenceNumber, ReadOnlySpan<byte> payload)
    {
        writer.WriteByte((byte)MessageType.Ack);
        writer.WriteMapHeader(2);
        writer.WriteRaw("Payload"u8);
        writer.WriteRawOrNil(payload);
        writer.WriteRaw("SeqNo"u8);
        writer.WriteUInt(sequenceNumber);
    }

    public static void WriteNack(this ByteWriter writer, uint sequenceNumber)
    {
        writer.WriteByte((byte)MessageType.Nack);
        writer.WriteMapHeader(1);
        writer.WriteRaw("SeqNo"u8);
        writer.WriteUInt(sequenceNumber);
    }

    /// <param name="writer">Where to.</param>
    /// <param name="type">Suspect or dead.</param>
    /// <param name="incarnation">The incarnation that is accused.</param>
    /// <param name="node">The accused.</param>
    /// <param name="from">The accuser; the accused itself for a goodbye.</param>
    public static void WriteAccusation(this ByteWriter writer, MessageType type, Incarnation incarnation, string node, string from)
    {
        writer.WriteByte((byte)type);
        writer.WriteMapHeader(3);
        writer.WriteRaw("From"u8);
        writer.WriteString(from);
        writer.WriteRaw("Incarnation"u8);
        writer.WriteUInt(incarnation.Value);
        writer.WriteRaw("Node"u8);
        writer.WriteString(node);
    }

    public static void WriteAlive(this ByteWriter writer, Member member)
    {
        writer.WriteByte((byte)MessageType.Alive);
        writer.WriteMapHeader(6);
        WriteAddress(writer, member);
        writer.WriteRaw("Node"u8);
        writer.WriteString(member.Name);
        WritePort(writer, member);
        WriteVersions(writer, member.Versions);
    }

    public static void WritePushPullHeader(this ByteWriter writer, bool join, int nodes, int userStateLength)
    {
        writer.WriteByte((byte)MessageType.PushPull);
        writer.WriteMapHeader(3);
        writer.WriteRaw("Join"u8);
        writer.WriteBool(join);
        writer.WriteRaw("Nodes"u8);
        writer.WriteUInt((ulong)nodes);
        writer.WriteRaw("UserStateLen"u8);
        writer.WriteUInt((ulong)userStateLength);
    }

    /// <summary>A member's record in a push/pull.</summary>
    public static void WriteMember(this ByteWriter writer, Member member)
    {
        writer.WriteMapHeader(7);
        WriteAddress(writer, member);
        writer.WriteRaw("Name"u8);
        writer.WriteString(member.Name);
        WritePort(writer, member);
        writer.WriteRaw("State"u8);
        writer.WriteUInt((ulong)member.State);
        WriteVersions(writer, member.Versions);
    }

    /// <summary>The head of a user message on a stream; the payload follows.</summary>
    public static void WriteUserHeader(this ByteWriter writer, int length)
    {
        writer.WriteByte((byte)MessageType.User);
        writer.WriteMapHeader(1);
        writer.WriteRaw("UserMsgLen"u8);
        writer.WriteUInt((ulong)length);
    }

    public static void WriteError(this ByteWriter writer, string error)
    {
        writer.WriteByte((byte)MessageType.Error);
        writer.WriteMapHeader(1);
        writer.WriteRaw("Error"u8);
        writer.WriteString(error);
    }

    public static void WriteCompressed(this ByteWriter writer, ReadOnlySpan<byte> compressed)
    {
        writer.WriteByte((byte)MessageType.Compress);
        writer.WriteMapHeader(2);
        writer.WriteRaw("Algo"u8);
        writer.WriteUInt(0);
        writer.WriteRaw("Buf"u8);
        writer.WriteRaw(compressed);
    }

    private static void WriteSource(ByteWriter writer, Member source)
    {
        writer.WriteRaw("SourceAddr"u8);
        writer.WriteRaw(source.AddressBytes.Span);
        writer.WriteRaw("SourceNode"u8);
        writer.WriteString(source.Name);
        writer.WriteRaw("SourcePort"u8);
        writer.WriteUInt((ulong)source.Address.Port);
    }

    private static void WriteAddress(ByteWriter writer, Member member)
    {
        writer.WriteRaw("Addr"u8);
        writer.WriteRaw(member.AddressBytes.Span);
        writer.WriteRaw("Incarnation"u8);
        writer.WriteUInt(member.Incarnation.Value);
        writer.WriteRaw("Meta"u8);
        writer.WriteRawOrNil(member.Metadata.Span);
    }

    private static void WritePort(ByteWriter writer, Member member)
    {
        writer.WriteRaw("Port"u8);
        writer.WriteUInt((ulong)member.Address.Port);
    }

    private static void WriteVersions(ByteWriter writer, ProtocolVersions versions)
    {
        writer.WriteRaw("Vsn"u8);
        writer.WriteRaw([versions.ProtocolMin, versions.ProtocolMax, versions.Protocol, versions.DelegateMin, versions.DelegateMax, versions.Delegate]);
    }
}
