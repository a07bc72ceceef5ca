using System.Buffers;
using ChittyChat.Contracts.V1;
using Grpc.Core;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>
/// A <see cref="LinkFrame"/> as it came in: one block of bytes, owned by whoever keeps a slice of it, and read in place.
/// </summary>
public sealed class ReceivedLinkFrame
{
    private readonly byte[] _bytes;
    private readonly List<ulong>? _spanIds;

    private ReceivedLinkFrame(byte[] bytes)
    {
        _bytes = bytes;
        try
        {
            var reader = new ProtoReader(bytes);
            while (reader.Next(out var field, out var type))
            {
                switch (field, type)
                {
                    case (LinkFrameFields.Hello, WireType.LengthDelimited):
                        Hello = LinkHello.Parser.ParseFrom(reader.Bytes());
                        break;
                    case (LinkFrameFields.Skipped, WireType.Varint):
                        Skipped = reader.Varint();
                        break;
                    case (LinkFrameFields.Messages, WireType.LengthDelimited):
                        reader.Bytes();
                        Count++;
                        break;
                    case (LinkFrameFields.BroadcastSpanIds, WireType.LengthDelimited):
                        ReadPacked(reader.Bytes(), _spanIds ??= []);
                        break;
                    case (LinkFrameFields.BroadcastSpanIds, WireType.Fixed64):
                        (_spanIds ??= []).Add(reader.Fixed64());
                        break;
                    default:
                        reader.Skip(type);
                        break;
                }
            }
        }
        catch (Exception malformed) when (malformed is InvalidDataException or Google.Protobuf.InvalidProtocolBufferException)
        {
            Malformed = malformed.Message;
        }
    }

    /// <summary>Why the bytes are no frame; null when they are. A deserialiser must not throw: the call would end as if the server were at fault.</summary>
    public string? Malformed { get; }

    /// <summary>The hello, in a frame that is one.</summary>
    public LinkHello? Hello { get; }

    /// <summary>How many messages right before the first one are left out for good.</summary>
    public ulong Skipped { get; }

    /// <summary>How many messages are in it.</summary>
    public int Count { get; }

    /// <summary>Reads a frame from its bytes, which it keeps.</summary>
    public static ReceivedLinkFrame Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new ReceivedLinkFrame(bytes);
    }

    /// <summary>The messages, oldest first. Each step throws <see cref="InvalidDataException"/> when the next message is malformed.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>The text of a message of this frame, as memory that stays valid.</summary>
    public ReadOnlyMemory<byte> TextOf(in LinkMessageView message) => new(_bytes, message.TextOffset, message.Text.Length);

    /// <summary>The id of the Broadcast span of the message at <paramref name="index"/>; 0 when there is none.</summary>
    public ulong SpanIdOf(int index) => _spanIds is not null && index < _spanIds.Count ? _spanIds[index] : 0;

    internal static ReceivedLinkFrame Deserialize(DeserializationContext context)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(context.PayloadLength);
        context.PayloadAsReadOnlySequence().CopyTo(bytes);
        return new ReceivedLinkFrame(bytes);
    }

    private static void ReadPacked(ReadOnlySpan<byte> packed, List<ulong> into)
    {
        var reader = new ProtoReader(packed);
        while (reader.Position < packed.Length)
        {
            into.Add(reader.Fixed64());
        }
    }

    /// <summary>Walks over the messages without allocating.</summary>
    public ref struct Enumerator
    {
        private ProtoReader _reader;

        internal Enumerator(ReceivedLinkFrame frame) => _reader = new ProtoReader(frame._bytes);

        /// <summary>The message reached.</summary>
        public LinkMessageView Current { get; private set; }

        /// <summary>Goes to the next message; false after the last.</summary>
        public bool MoveNext()
        {
            while (_reader.Next(out var field, out var type))
            {
                if (field == LinkFrameFields.Messages && type == WireType.LengthDelimited)
                {
                    var bytes = _reader.Bytes();
                    Current = LinkMessageView.Read(bytes, _reader.Position - bytes.Length);
                    return true;
                }

                _reader.Skip(type);
            }

            return false;
        }
    }
}
