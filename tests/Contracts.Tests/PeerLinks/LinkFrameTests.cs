using System.Buffers;
using System.Text;
using ChittyChat.Contracts.PeerLinks;
using ChittyChat.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;

namespace ChittyChat.Contracts.Tests.PeerLinks;

/// <summary>The marshalling by hand and the generated code have to speak the same protobuf.</summary>
public sealed class LinkFrameTests
{
    private static readonly UInt128 TraceId = UInt128.Parse("0af7651916cd43dd8448eb211c80319c", System.Globalization.NumberStyles.HexNumber, null);

    [Fact]
    public void What_is_written_by_hand_is_read_by_the_generated_code()
    {
        var frame = new OutgoingLinkFrame { Skipped = 300 };
        frame.Add(Encode(1, "hello"), 0);
        frame.Add(Encode(2, "😀"), 0xB7AD6B7169203331);
        frame.Add(EncodeEnd(3), 7);

        var read = LinkFrame.Parser.ParseFrom(Serialize(frame));

        Assert.Equal(Expected(), read);
    }

    [Fact]
    public void What_the_generated_code_writes_is_read_by_hand()
    {
        var frame = ReceivedLinkFrame.Read(Expected().ToByteArray());

        Assert.Equal((null, null, 300ul, 3), (frame.Malformed, frame.Hello, frame.Skipped, frame.Count));
        var index = 0;
        foreach (var message in frame)
        {
            var expected = Expected().Messages[index];
            Assert.Equal(expected.Sequence, message.Sequence);
            Assert.Equal(expected.Kind, message.Kind);
            Assert.Equal(expected.Participant, Encoding.UTF8.GetString(message.Participant));
            Assert.Equal(expected.Text, Encoding.UTF8.GetString(message.Text));
            Assert.Equal(expected.Text, Encoding.UTF8.GetString(frame.TextOf(message).Span));
            Assert.Equal(expected.LamportTime, message.LamportTime);
            Assert.Equal(expected.PublishedUnixUs, message.PublishedUnixMicroseconds);
            Assert.Equal(expected.TraceId.IsEmpty ? 0 : TraceId, message.TraceId);
            Assert.Equal(expected.EndedSession, message.EndedSession);
            Assert.Equal(Expected().BroadcastSpanIds[index], frame.SpanIdOf(index));
            index++;
        }

        Assert.Equal(3, index);
    }

    [Fact]
    public void A_hello_travels_alone()
    {
        var hello = new LinkHello { Session = 5, Name = "alice", ChatAddress = "http://127.0.0.1:1", NextSequence = 9, Participants = { "alice", "dave" } };

        var read = ReceivedLinkFrame.Read(Serialize(new OutgoingLinkFrame { Hello = hello }));

        Assert.Equal((null, 0), (read.Malformed, read.Count));
        Assert.Equal(hello, read.Hello);
    }

    [Fact]
    public void Span_ids_may_come_unpacked_and_fields_of_later_versions_are_passed_over()
    {
        byte[] unpacked = [0x21, 1, 0, 0, 0, 0, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0];
        byte[] unknown = [0x78, 0x96, 0x01, 0x7A, 2, 1, 2, 0x7D, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8];

        var frame = ReceivedLinkFrame.Read([.. unknown, .. unpacked, .. Encode(1, "a"), .. Encode(2, "b")]);

        Assert.Equal((null, 2, 1ul, 2ul, 0ul), (frame.Malformed, frame.Count, frame.SpanIdOf(0), frame.SpanIdOf(1), frame.SpanIdOf(2)));
    }

    [Fact]
    public void A_frame_that_is_used_again_keeps_nothing()
    {
        var frame = new OutgoingLinkFrame { Skipped = 3 };
        frame.Add(Encode(1, "hello"), 9);

        frame.Clear();

        Assert.Equal(0, frame.Count);
        Assert.Empty(Serialize(frame));
    }

    [Fact]
    public void Every_varint_has_the_size_that_was_foreseen()
    {
        for (var shift = 0; shift < 64; shift++)
        {
            foreach (var value in new[] { (1ul << shift) - 1, 1ul << shift, (1ul << shift) + 1, ulong.MaxValue >> shift })
            {
                var buffer = new byte[10];
                var writer = new ProtoWriter(buffer);
                writer.Varint(value);
                var reader = new ProtoReader(buffer.AsSpan(0, writer.Written));
                Assert.Equal((ProtoWriter.VarintSize(value), value, writer.Written), (writer.Written, reader.Varint(), reader.Position));
            }
        }
    }

    [Theory]
    [InlineData("1A")]
    [InlineData("1A05")]
    [InlineData("1AFFFFFFFFFFFFFFFFFF7F")]
    [InlineData("10FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("0203")]
    [InlineData("1B")]
    [InlineData("2203010203")]
    [InlineData("0A02FFFF")]
    public void A_frame_that_is_none_says_so_and_does_not_throw(string hex) =>
        Assert.NotNull(ReceivedLinkFrame.Read(Convert.FromHexString(hex)).Malformed);

    [Fact]
    public void A_message_that_is_none_throws_when_it_is_reached()
    {
        var frame = ReceivedLinkFrame.Read([.. Encode(1, "ok"), 0x1A, 2, 0x0A, 5]);

        Assert.Equal((null, 2), (frame.Malformed, frame.Count));
        Assert.Throws<InvalidDataException>(() => Count(frame));
    }

    [Fact]
    public void No_mutation_does_more_than_throw_what_is_foreseen()
    {
        var random = new Random(20261121);
        var valid = Serialize(Sample());
        var malformed = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = valid[..random.Next(valid.Length + 1)];
            for (var mutations = random.Next(4); mutations > 0 && bytes.Length > 0; mutations--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var frame = ReceivedLinkFrame.Read(bytes);
            try
            {
                Assert.True(Count(frame) == frame.Count || frame.Malformed is not null);
            }
            catch (InvalidDataException)
            {
                malformed++;
            }
        }

        Assert.True(malformed > 1_000, $"Only {malformed} mutations reached the messages.");
    }

    private static int Count(ReceivedLinkFrame frame)
    {
        var count = 0;
        foreach (var message in frame)
        {
            count += message.Participant.Length >= 0 ? 1 : 0;
        }

        return count;
    }

    private static OutgoingLinkFrame Sample()
    {
        var frame = new OutgoingLinkFrame { Skipped = 300 };
        frame.Add(Encode(1, "hello"), 0);
        frame.Add(Encode(2, "😀"), 0xB7AD6B7169203331);
        frame.Add(EncodeEnd(3), 7);
        return frame;
    }

    private static LinkFrame Expected() => new()
    {
        Skipped = 300,
        Messages =
        {
            Message(1, "hello"),
            Message(2, "😀"),
            new LinkMessage { Sequence = 3, Kind = EventKind.Left, Participant = "alice", LamportTime = 3_000, PublishedUnixUs = 1, EndedSession = 77 },
        },
        BroadcastSpanIds = { 0, 0xB7AD6B7169203331, 7 },
    };

    private static LinkMessage Message(ulong sequence, string text) => new()
    {
        Sequence = sequence,
        Kind = EventKind.Message,
        Participant = "alice",
        Text = text,
        LamportTime = sequence * 1_000,
        PublishedUnixUs = 1_790_000_000_000_000,
        TraceId = ByteString.CopyFrom(Convert.FromHexString("0af7651916cd43dd8448eb211c80319c")),
    };

    private static byte[] Encode(ulong sequence, string text) => new LinkMessageView
    {
        Sequence = sequence,
        Kind = EventKind.Message,
        Participant = "alice"u8,
        Text = Encoding.UTF8.GetBytes(text),
        LamportTime = sequence * 1_000,
        PublishedUnixMicroseconds = 1_790_000_000_000_000,
        TraceId = TraceId,
    }.EncodeAsField();

    private static byte[] EncodeEnd(ulong sequence) => new LinkMessageView
    {
        Sequence = sequence,
        Kind = EventKind.Left,
        Participant = "alice"u8,
        LamportTime = sequence * 1_000,
        PublishedUnixMicroseconds = 1,
        EndedSession = 77,
    }.EncodeAsField();

    private static byte[] Serialize(OutgoingLinkFrame frame)
    {
        var context = new Context();
        OutgoingLinkFrame.Serialize(frame, context);
        return context.Buffer;
    }

    private sealed class Context : SerializationContext, IBufferWriter<byte>
    {
        public byte[] Buffer { get; private set; } = [];

        public override void SetPayloadLength(int payloadLength) =>
            Buffer = Buffer.Length == payloadLength ? Buffer : new byte[payloadLength];

        public override IBufferWriter<byte> GetBufferWriter() => this;

        public override void Complete()
        {
        }

        public void Advance(int count) => Assert.Equal(Buffer.Length, count);

        public Memory<byte> GetMemory(int sizeHint = 0) => Buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => Buffer;
    }
}
