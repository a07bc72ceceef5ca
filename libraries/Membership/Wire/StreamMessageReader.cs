using System.Buffers.Binary;

namespace ChittyChat.Membership.Wire;

/// <summary>
/// Takes one message off a stream, through label, encryption and compression. Nothing on a stream tells its length beforehand
/// except the encrypted form, so the maps themselves are what ends a message. Reads at most a bounded number of bytes.
/// </summary>
internal sealed class StreamMessageReader(Stream stream, StreamCodec codec)
{
    private const int FirstRead = 4096;

    private Stream? _source = stream;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Available => _buffer.AsSpan(_start, _end - _start);

    /// <param name="accepted">Whether the other side opened the stream, so that a label has to come first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StreamProtocolException">The message is not acceptable; the text says why.</exception>
    /// <exception cref="EndOfStreamException">The stream ended in the middle.</exception>
    public async Task<StreamMessage> ReadAsync(bool accepted, CancellationToken cancellationToken)
    {
        if (accepted)
        {
            await ReadLabelAsync(cancellationToken);
        }

        await NeedAsync(1, cancellationToken);
        if (Available[0] == (byte)MessageType.Encrypt)
        {
            await DecryptAsync(cancellationToken);
        }
        else if (codec.Keyring.IsEnabled && codec.VerifyIncoming)
        {
            throw new StreamProtocolException(DropReason.Undecryptable, "encryption is configured but the remote state is not encrypted");
        }

        await NeedAsync(1, cancellationToken);
        if (Available[0] == (byte)MessageType.Compress)
        {
            await DecompressAsync(cancellationToken);
        }

        return await ReadLeafAsync(cancellationToken);
    }

    private async Task ReadLabelAsync(CancellationToken cancellationToken)
    {
        await NeedAsync(1, cancellationToken);
        var length = 0;
        if (Available[0] == (byte)MessageType.Label)
        {
            await NeedAsync(2, cancellationToken);
            length = Available[1];
            if (length == 0)
            {
                throw new StreamProtocolException(DropReason.Truncated, "the label is empty");
            }

            await NeedAsync(2 + length, cancellationToken);
        }

        var header = length == 0 ? 0 : 2;
        if (!Available.Slice(header, length).SequenceEqual(codec.ExpectedLabel))
        {
            throw new StreamProtocolException(DropReason.WrongLabel, "the label is not that of this cluster");
        }

        _start += header + length;
    }

    private async Task DecryptAsync(CancellationToken cancellationToken)
    {
        if (!codec.Keyring.IsEnabled)
        {
            throw new StreamProtocolException(DropReason.Undecryptable, "remote state is encrypted and encryption is not configured");
        }

        await NeedAsync(5, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(Available[1..]);
        if (length > Limits.StreamFrame)
        {
            throw new StreamProtocolException(DropReason.TooBig, $"an encrypted frame of {length} bytes is larger than {Limits.StreamFrame}");
        }

        await NeedAsync(5 + (int)length, cancellationToken);
        var output = new ByteWriter((int)length);
        if (!SecureFrame.TryOpen(codec.Keyring, Available.Slice(5, (int)length), StreamCodec.FrameHead((int)length, codec.Label), output, out var plain))
        {
            throw new StreamProtocolException(DropReason.Undecryptable, "no installed keys could decrypt the message");
        }

        Replace(plain.ToArray());
    }

    private async Task DecompressAsync(CancellationToken cancellationToken)
    {
        while (!TryDecompress())
        {
            await FillAsync(Limits.StreamFrame, cancellationToken);
        }
    }

    private bool TryDecompress()
    {
        var reader = new MsgPackReader(Available[1..]);
        if (!SmallMessages.TryReadCompressed(ref reader, out var algorithm, out var compressed))
        {
            return reader.IsIncomplete ? false : throw Malformed(MessageType.Compress);
        }

        if (algorithm != 0)
        {
            throw new StreamProtocolException(DropReason.UnknownCompression, $"cannot decompress unknown algorithm {algorithm}");
        }

        var output = new ByteWriter(Math.Max(64, 2 * compressed.Length));
        if (!Lzw.TryDecompress(compressed, output, Limits.DecompressedStream) || output.Length == 0)
        {
            throw new StreamProtocolException(DropReason.Malformed, "the compressed message is corrupt or too large");
        }

        Replace(output.ToArray());
        return true;
    }

    private async Task<StreamMessage> ReadLeafAsync(CancellationToken cancellationToken)
    {
        await NeedAsync(1, cancellationToken);
        var type = (MessageType)Available[0];
        _start++;
        switch (type)
        {
            case MessageType.Ping or MessageType.Ack or MessageType.Nack or MessageType.Error:
                var map = await ReadMapAsync(type, cancellationToken);
                return new StreamMessage(type, map, default);
            case MessageType.User:
                var head = await ReadMapAsync(type, cancellationToken);
                return new StreamMessage(type, head, await ReadTailAsync(UserLength(head), cancellationToken));
            case MessageType.PushPull:
                return await ReadPushPullAsync(cancellationToken);
            default:
                throw new StreamProtocolException(DropReason.UnknownType, $"message type {(byte)type} cannot come on a stream");
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadMapAsync(MessageType type, CancellationToken cancellationToken)
    {
        int length;
        while (!TryMeasure(type, 0, out length))
        {
            await FillAsync(Limits.MemberRecord, cancellationToken);
        }

        return Consume(length);
    }

    private async Task<StreamMessage> ReadPushPullAsync(CancellationToken cancellationToken)
    {
        int length;
        while (!TryMeasure(MessageType.PushPull, 0, out length))
        {
            await FillAsync(Limits.MemberRecord, cancellationToken);
        }

        var header = ReadHeader();
        for (var i = 0; i < header.Nodes; i++)
        {
            int record;
            while (!TryMeasure(MessageType.Alive, length, out record))
            {
                await FillAsync(Math.Min(length + Limits.MemberRecord, Limits.PushPullTable), cancellationToken);
            }

            length += record;
        }

        var body = Consume(length);
        return new StreamMessage(MessageType.PushPull, body, await ReadTailAsync(header.UserStateLength, cancellationToken));
    }

    private PushPullHeader ReadHeader()
    {
        var reader = new MsgPackReader(Available);
        return PushPullHeader.TryRead(ref reader, out var header) ? header : throw Malformed(MessageType.PushPull);
    }

    private static int UserLength(ReadOnlyMemory<byte> head)
    {
        var reader = new MsgPackReader(head.Span);
        return SmallMessages.TryReadUserLength(ref reader, out var length) ? length : throw Malformed(MessageType.User);
    }

    // Gives the length of the map at the offset; false when it is not complete yet.
    private bool TryMeasure(MessageType type, int offset, out int length)
    {
        var reader = new MsgPackReader(Available[offset..]);
        var read = type switch
        {
            MessageType.Ping => PingMessage.TryRead(ref reader, out _),
            MessageType.Ack or MessageType.Nack => AckMessage.TryRead(ref reader, out _),
            MessageType.Error => SmallMessages.TryReadError(ref reader, out _),
            MessageType.User => SmallMessages.TryReadUserLength(ref reader, out _),
            MessageType.PushPull => PushPullHeader.TryRead(ref reader, out _),
            _ => AliveMessage.TryRead(ref reader, out _),
        };
        length = reader.Consumed;
        return read || (reader.IsIncomplete ? false : throw Malformed(type));
    }

    private async Task<ReadOnlyMemory<byte>> ReadTailAsync(int length, CancellationToken cancellationToken)
    {
        await NeedAsync(length, cancellationToken);
        return Consume(length);
    }

    private ReadOnlyMemory<byte> Consume(int length)
    {
        _start += length;
        return _buffer.AsMemory(_start - length, length);
    }

    private async Task NeedAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            await FillAsync(count, cancellationToken);
        }
    }

    // Reads what comes. The buffer grows with what has arrived, never with what was announced, and not beyond the limit.
    private async Task FillAsync(int limit, CancellationToken cancellationToken)
    {
        if (_end - _start >= limit)
        {
            throw new StreamProtocolException(DropReason.TooBig, $"the message is larger than the {limit} bytes that are accepted");
        }

        if (_source is null)
        {
            throw new StreamProtocolException(DropReason.Truncated, "the message ends too early");
        }

        if (_end == _buffer.Length)
        {
            // What was consumed may still be in use, so it is left behind rather than overwritten.
            var larger = new byte[Math.Max(FirstRead, 2 * (_end - _start))];
            Available.CopyTo(larger);
            (_buffer, _start, _end) = (larger, 0, _end - _start);
        }

        var read = await _source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read > 0 ? read : throw new EndOfStreamException("the stream ended in the middle of a message");
    }

    private void Replace(byte[] plain) => (_source, _buffer, _start, _end) = (null, plain, 0, plain.Length);

    private static StreamProtocolException Malformed(MessageType type) =>
        new(DropReason.Malformed, $"a message of type {type} is malformed");
}
