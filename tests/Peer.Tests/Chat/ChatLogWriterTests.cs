using System.Text;
using ChittyChat.LogicalTime;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Tests.Chat;

public sealed class ChatLogWriterTests
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("say \"hi\" \\o/", "say \\\"hi\\\" \\\\o/")]
    [InlineData("two\nlines\r\n", "two\\nlines\\u000d\\n")]
    [InlineData("\u001b[2J\u009b2J\u007f\0", "\\u001b[2J\\u009b2J\\u007f\\u0000")]
    [InlineData("smørrebrød © 😀 \u00a0.", "smørrebrød © 😀 \u00a0.")]
    public void A_line_cannot_break_out_of_itself(string text, string written)
    {
        Assert.Equal($"2026-11-21T12:00:00.123Z L=18 deliver peer-2 L=17 \"{written}\"\n", Write(Sample(text)));
    }

    [Fact]
    public void Joined_and_left_are_the_fixed_sentences()
    {
        var joined = Sample("Participant peer-2 joined Chitty-Chat at Lamport time 17") with { Kind = EventKind.Joined };
        var left = Sample("Participant peer-2 left Chitty-Chat at Lamport time 17") with { Kind = EventKind.Left };

        Assert.Equal(
            "2026-11-21T12:00:00.123Z L=18 joined peer-2 L=17 \"Participant peer-2 joined Chitty-Chat at Lamport time 17\"\n"
            + "2026-11-21T12:00:00.123Z L=18 left peer-2 L=17 \"Participant peer-2 left Chitty-Chat at Lamport time 17\"\n",
            Write(joined, left));
    }

    [Fact]
    public void Any_number_of_the_longest_lines_comes_out_whole_and_the_time_moves_on()
    {
        var worst = string.Concat(Enumerable.Repeat("\u0001", 128));
        var many = Enumerable.Range(0, 1_000).Select(i =>
            Sample(worst) with
            {
                Participant = new string('n', 32),
                PublishedAt = new LamportTime(ulong.MaxValue),
                DeliveredAt = new LamportTime(ulong.MaxValue),
                DeliveredUnixMicroseconds = Sample("").DeliveredUnixMicroseconds + i * 10_000L,
            }).ToArray();

        var lines = Write(many).Split('\n');

        Assert.Equal(1_001, lines.Length);
        Assert.StartsWith("2026-11-21T12:00:00.123Z ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("2026-11-21T12:00:01.003Z ", lines[88], StringComparison.Ordinal);
        Assert.StartsWith("2026-11-21T12:00:10.113Z ", lines[999], StringComparison.Ordinal);
        Assert.Equal(lines[0][25..], lines[999][25..]);
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        using var writer = new ChatLogWriter(Stream.Null);
        Delivery[] deliveries = [.. Enumerable.Repeat(Sample("hello"), 100)];
        writer.Write(deliveries);

        var before = GC.GetAllocatedBytesForCurrentThread();
        writer.Write(deliveries);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Write(params Delivery[] deliveries)
    {
        using var stream = new MemoryStream();
        using var writer = new ChatLogWriter(stream);
        writer.Write(deliveries);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static Delivery Sample(string text) => new()
    {
        Id = new MessageId(new SessionId(1), 1),
        Kind = EventKind.Message,
        Participant = "peer-2",
        Text = Encoding.UTF8.GetBytes(text),
        PublishedAt = new LamportTime(17),
        DeliveredAt = new LamportTime(18),
        PublishedUnixMicroseconds = 0,
        DeliveredUnixMicroseconds = new DateTimeOffset(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000,
    };
}
