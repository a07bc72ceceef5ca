namespace ChittyChat.Membership.Wire;

// The leaf messages as views of the bytes they were read from; reading one allocates nothing. Names are UTF-8. All parse the
// map after the type byte, in any order of keys, unknown keys skipped, missing ones zero.

/// <summary>ping: are you <c>Node</c>? Answer to the source.</summary>
internal ref struct PingMessage
{
    public uint SequenceNumber;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> SourceAddress;
    public ReadOnlySpan<byte> SourceNode;
    public ushort SourcePort;

    public static bool TryRead(scoped ref MsgPackReader reader, out PingMessage message)
    {
        message = default;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("SeqNo"u8) => reader.TryReadUInt32(out message.SequenceNumber),
                _ when key.SequenceEqual("Node"u8) => reader.TryReadRaw(out message.Node),
                _ when key.SequenceEqual("SourceAddr"u8) => reader.TryReadRaw(out message.SourceAddress),
                _ when key.SequenceEqual("SourcePort"u8) => reader.TryReadUInt16(out message.SourcePort),
                _ when key.SequenceEqual("SourceNode"u8) => reader.TryReadRaw(out message.SourceNode),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>indirect ping: ping <c>Node</c> at <c>Target</c> for me, and tell me.</summary>
internal ref struct IndirectPingMessage
{
    public uint SequenceNumber;
    public bool Nack;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> Target;
    public ushort Port;
    public ReadOnlySpan<byte> SourceAddress;
    public ReadOnlySpan<byte> SourceNode;
    public ushort SourcePort;

    public static bool TryRead(scoped ref MsgPackReader reader, out IndirectPingMessage message)
    {
        message = default;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("SeqNo"u8) => reader.TryReadUInt32(out message.SequenceNumber),
                _ when key.SequenceEqual("Nack"u8) => reader.TryReadBool(out message.Nack),
                _ when key.SequenceEqual("Node"u8) => reader.TryReadRaw(out message.Node),
                _ when key.SequenceEqual("Target"u8) => reader.TryReadRaw(out message.Target),
                _ when key.SequenceEqual("Port"u8) => reader.TryReadUInt16(out message.Port),
                _ when key.SequenceEqual("SourceAddr"u8) => reader.TryReadRaw(out message.SourceAddress),
                _ when key.SequenceEqual("SourcePort"u8) => reader.TryReadUInt16(out message.SourcePort),
                _ when key.SequenceEqual("SourceNode"u8) => reader.TryReadRaw(out message.SourceNode),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>ack and nack: the answer to the ping with this number; a nack has no payload.</summary>
internal ref struct AckMessage
{
    public uint SequenceNumber;
    public ReadOnlySpan<byte> Payload;

    public static bool TryRead(scoped ref MsgPackReader reader, out AckMessage message)
    {
        message = default;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("SeqNo"u8) => reader.TryReadUInt32(out message.SequenceNumber),
                _ when key.SequenceEqual("Payload"u8) => reader.TryReadRaw(out message.Payload),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>suspect and dead: <c>From</c> says it of <c>Node</c>; a dead message about oneself is a goodbye.</summary>
internal ref struct AccusationMessage
{
    public uint Incarnation;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> From;

    public static bool TryRead(scoped ref MsgPackReader reader, out AccusationMessage message)
    {
        message = default;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("Incarnation"u8) => reader.TryReadUInt32(out message.Incarnation),
                _ when key.SequenceEqual("Node"u8) => reader.TryReadRaw(out message.Node),
                _ when key.SequenceEqual("From"u8) => reader.TryReadRaw(out message.From),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>alive, and with <see cref="State"/> a member's record in a push/pull, whose name travels as "Name" instead of "Node".</summary>
internal ref struct AliveMessage
{
    public uint Incarnation;
    public ReadOnlySpan<byte> Node;
    public ReadOnlySpan<byte> Address;
    public ushort Port;
    public ReadOnlySpan<byte> Metadata;
    public ReadOnlySpan<byte> Versions;
    public MemberState State;

    public static bool TryRead(scoped ref MsgPackReader reader, out AliveMessage message)
    {
        message = default;
        ulong state = 0;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("Incarnation"u8) => reader.TryReadUInt32(out message.Incarnation),
                _ when key.SequenceEqual("Node"u8) || key.SequenceEqual("Name"u8) => reader.TryReadRaw(out message.Node),
                _ when key.SequenceEqual("Addr"u8) => reader.TryReadRaw(out message.Address),
                _ when key.SequenceEqual("Port"u8) => reader.TryReadUInt16(out message.Port),
                _ when key.SequenceEqual("Meta"u8) => reader.TryReadRaw(out message.Metadata),
                _ when key.SequenceEqual("Vsn"u8) => TryReadVersions(ref reader, out message.Versions),
                _ when key.SequenceEqual("State"u8) => reader.TryReadUInt((ulong)MemberState.Left, out state),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        message.State = (MemberState)state;
        return true;
    }

    // An empty byte slice can also come as an empty array.
    private static bool TryReadVersions(scoped ref MsgPackReader reader, out ReadOnlySpan<byte> versions)
    {
        if (!reader.Rest.IsEmpty && reader.Rest[0] == 0x90)
        {
            versions = default;
            return reader.TryReadArrayHeader(out _);
        }

        return reader.TryReadRaw(out versions);
    }
}

/// <summary>The head of a push/pull stream.</summary>
internal struct PushPullHeader
{
    public bool Join;
    public int Nodes;
    public int UserStateLength;

    public static bool TryRead(scoped ref MsgPackReader reader, out PushPullHeader header)
    {
        header = default;
        ulong nodes = 0;
        ulong userState = 0;
        if (!reader.TryReadMapHeader(out var count))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            var read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("Join"u8) => reader.TryReadBool(out header.Join),
                _ when key.SequenceEqual("Nodes"u8) => reader.TryReadUInt(Limits.Members, out nodes),
                _ when key.SequenceEqual("UserStateLen"u8) => reader.TryReadUInt(Limits.UserState, out userState),
                _ => reader.TrySkip(),
            };
            if (!read)
            {
                return false;
            }
        }

        (header.Nodes, header.UserStateLength) = ((int)nodes, (int)userState);
        return true;
    }
}

/// <summary>The maps with a single field of interest: a user message on a stream, an error, a compressed part.</summary>
internal static class SmallMessages
{
    public static bool TryReadUserLength(scoped ref MsgPackReader reader, out int length)
    {
        ulong value = 0;
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key)
                && (key.SequenceEqual("UserMsgLen"u8) ? reader.TryReadUInt(Limits.UserMessage, out value) : reader.TrySkip());
        }

        length = (int)value;
        return read;
    }

    public static bool TryReadError(scoped ref MsgPackReader reader, out ReadOnlySpan<byte> error)
    {
        error = default;
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && (key.SequenceEqual("Error"u8) ? reader.TryReadRaw(out error) : reader.TrySkip());
        }

        return read;
    }

    public static bool TryReadCompressed(scoped ref MsgPackReader reader, out ulong algorithm, out ReadOnlySpan<byte> compressed)
    {
        algorithm = 0;
        compressed = default;
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) && key switch
            {
                _ when key.SequenceEqual("Algo"u8) => reader.TryReadUInt(byte.MaxValue, out algorithm),
                _ when key.SequenceEqual("Buf"u8) => reader.TryReadRaw(out compressed),
                _ => reader.TrySkip(),
            };
        }

        return read;
    }
}
