using System.Buffers.Binary;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>A <see cref="LinkMessage"/> without objects: what is encoded once for all links, or read in place from a frame.</summary>
public readonly ref struct LinkMessageView
{
    private const int SequenceField = 1;
    private const int KindField = 2;
    private const int ParticipantField = 3;
    private const int TextField = 4;
    private const int LamportTimeField = 5;
    private const int PublishedField = 6;
    private const int TraceIdField = 7;
    private const int EndedSessionField = 8;
    private const int TraceIdLength = 16;

    // All field numbers are below 16, so every tag is one byte.
    private const int TagSize = 1;

    /// <summary>Its number in the session.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Message, joined or left.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Participant { get; init; }

    /// <summary>UTF-8; empty for joined and left.</summary>
    public ReadOnlySpan<byte> Text { get; init; }

    /// <summary>The Lamport time of the publishing event.</summary>
    public required ulong LamportTime { get; init; }

    /// <summary>Microseconds since the Unix epoch.</summary>
    public required long PublishedUnixMicroseconds { get; init; }

    /// <summary>0: not traced.</summary>
    public UInt128 TraceId { get; init; }

    /// <summary>0, except when a whole session ends.</summary>
    public ulong EndedSession { get; init; }

    /// <summary>Where <see cref="Text"/> begins in the bytes that were read; 0 for a message that is to be written.</summary>
    public int TextOffset { get; private init; }

    /// <summary>Encodes the message as the field <c>messages</c> of a frame, tag and length included, so that frames are concatenations.</summary>
    public byte[] EncodeAsField()
    {
        var size = Size();
        var bytes = GC.AllocateUninitializedArray<byte>(TagSize + ProtoWriter.BytesSize(size));
        var writer = new ProtoWriter(bytes);
        writer.Tag(LinkFrameFields.Messages, WireType.LengthDelimited);
        writer.Varint((ulong)size);
        WriteTo(ref writer);
        return bytes;
    }

    internal static LinkMessageView Read(ReadOnlySpan<byte> bytes, int offset)
    {
        var reader = new ProtoReader(bytes);
        ulong sequence = 0, lamportTime = 0, endedSession = 0;
        var kind = EventKind.Unspecified;
        ReadOnlySpan<byte> participant = default, text = default;
        var textOffset = 0;
        long published = 0;
        UInt128 traceId = 0;
        while (reader.Next(out var field, out var type))
        {
            switch (field, type)
            {
                case (SequenceField, WireType.Varint):
                    sequence = reader.Varint();
                    break;
                case (KindField, WireType.Varint):
                    kind = (EventKind)(int)reader.Varint();
                    break;
                case (ParticipantField, WireType.LengthDelimited):
                    participant = reader.Bytes();
                    break;
                case (TextField, WireType.LengthDelimited):
                    text = reader.Bytes();
                    textOffset = offset + reader.Position - text.Length;
                    break;
                case (LamportTimeField, WireType.Varint):
                    lamportTime = reader.Varint();
                    break;
                case (PublishedField, WireType.Varint):
                    published = (long)reader.Varint();
                    break;
                case (TraceIdField, WireType.LengthDelimited):
                    traceId = ReadTraceId(reader.Bytes());
                    break;
                case (EndedSessionField, WireType.Fixed64):
                    endedSession = reader.Fixed64();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new LinkMessageView
        {
            Sequence = sequence,
            Kind = kind,
            Participant = participant,
            Text = text,
            TextOffset = textOffset,
            LamportTime = lamportTime,
            PublishedUnixMicroseconds = published,
            TraceId = traceId,
            EndedSession = endedSession,
        };
    }

    private static UInt128 ReadTraceId(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => 0,
        TraceIdLength => BinaryPrimitives.ReadUInt128BigEndian(bytes),
        _ => throw ProtoReader.Malformed($"a trace id has {bytes.Length} bytes instead of {TraceIdLength}"),
    };

    private int Size() =>
        TagSize + ProtoWriter.VarintSize(Sequence)
        + TagSize + ProtoWriter.VarintSize((ulong)Kind)
        + TagSize + ProtoWriter.BytesSize(Participant.Length)
        + (Text.IsEmpty ? 0 : TagSize + ProtoWriter.BytesSize(Text.Length))
        + TagSize + ProtoWriter.VarintSize(LamportTime)
        + TagSize + ProtoWriter.VarintSize((ulong)PublishedUnixMicroseconds)
        + (TraceId == 0 ? 0 : TagSize + ProtoWriter.BytesSize(TraceIdLength))
        + (EndedSession == 0 ? 0 : TagSize + sizeof(ulong));

    private void WriteTo(ref ProtoWriter writer)
    {
        writer.Tag(SequenceField, WireType.Varint);
        writer.Varint(Sequence);
        writer.Tag(KindField, WireType.Varint);
        writer.Varint((ulong)Kind);
        writer.Tag(ParticipantField, WireType.LengthDelimited);
        writer.Bytes(Participant);
        if (!Text.IsEmpty)
        {
            writer.Tag(TextField, WireType.LengthDelimited);
            writer.Bytes(Text);
        }

        writer.Tag(LamportTimeField, WireType.Varint);
        writer.Varint(LamportTime);
        writer.Tag(PublishedField, WireType.Varint);
        writer.Varint((ulong)PublishedUnixMicroseconds);
        if (TraceId != 0)
        {
            Span<byte> traceId = stackalloc byte[TraceIdLength];
            BinaryPrimitives.WriteUInt128BigEndian(traceId, TraceId);
            writer.Tag(TraceIdField, WireType.LengthDelimited);
            writer.Bytes(traceId);
        }

        if (EndedSession != 0)
        {
            writer.Tag(EndedSessionField, WireType.Fixed64);
            writer.Fixed64(EndedSession);
        }
    }
}
