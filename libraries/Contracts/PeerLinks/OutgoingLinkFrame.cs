using ChittyChat.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;

namespace ChittyChat.Contracts.PeerLinks;

/// <summary>
/// A <see cref="LinkFrame"/> to be written: a hello, or messages that were encoded before (<see cref="LinkMessageView.EncodeAsField"/>) and
/// are only copied. Meant to be filled, written and cleared again and again by one link.
/// </summary>
public sealed class OutgoingLinkFrame
{
    private readonly List<byte[]> _messages = [];
    private readonly List<ulong> _spanIds = [];
    private int _messageBytes;
    private bool _traced;

    /// <summary>When set, the frame is this hello and nothing else.</summary>
    public LinkHello? Hello { get; set; }

    /// <summary>How many messages right before the first one are left out for good.</summary>
    public ulong Skipped { get; set; }

    /// <summary>How many messages are in it.</summary>
    public int Count => _messages.Count;

    /// <summary>Adds a message, and the id of its Broadcast span on this link (0: none).</summary>
    public void Add(byte[] encoded, ulong broadcastSpanId)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        _messages.Add(encoded);
        _messageBytes += encoded.Length;
        _spanIds.Add(broadcastSpanId);
        _traced |= broadcastSpanId != 0;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Hello = null;
        Skipped = 0;
        _messages.Clear();
        _spanIds.Clear();
        _messageBytes = 0;
        _traced = false;
    }

    internal static void Serialize(OutgoingLinkFrame frame, SerializationContext context)
    {
        var helloSize = frame.Hello?.CalculateSize() ?? 0;
        var size = frame.Size(helloSize);
        context.SetPayloadLength(size);
        var buffer = context.GetBufferWriter();
        var writer = new ProtoWriter(buffer.GetSpan(size)[..size]);
        frame.WriteTo(ref writer, helloSize);
        buffer.Advance(size);
        context.Complete();
    }

    private int Size(int helloSize) =>
        (Hello is null ? 0 : 1 + ProtoWriter.BytesSize(helloSize))
        + (Skipped == 0 ? 0 : 1 + ProtoWriter.VarintSize(Skipped))
        + (_traced ? 1 + ProtoWriter.BytesSize(_spanIds.Count * sizeof(ulong)) : 0)
        + _messageBytes;

    private void WriteTo(ref ProtoWriter writer, int helloSize)
    {
        if (Hello is not null)
        {
            writer.Tag(LinkFrameFields.Hello, WireType.LengthDelimited);
            writer.Varint((ulong)helloSize);
            writer.Raw(Hello.ToByteArray());
        }

        if (Skipped != 0)
        {
            writer.Tag(LinkFrameFields.Skipped, WireType.Varint);
            writer.Varint(Skipped);
        }

        if (_traced)
        {
            writer.Tag(LinkFrameFields.BroadcastSpanIds, WireType.LengthDelimited);
            writer.Varint((ulong)(_spanIds.Count * sizeof(ulong)));
            foreach (var id in _spanIds)
            {
                writer.Fixed64(id);
            }
        }

        foreach (var message in _messages)
        {
            writer.Raw(message);
        }
    }
}
