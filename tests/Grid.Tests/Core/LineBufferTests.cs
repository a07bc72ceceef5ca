using System.Text;
using ChittyChat.Peer.Grid;

namespace ChittyChat.Grid.Tests.Core;

public sealed class LineBufferTests
{
    [Fact]
    public void Lines_are_the_same_however_the_bytes_are_cut()
    {
        var random = new Random(5);
        var lines = Enumerable.Range(0, 300).Select(_ => new string('x', random.Next(4) switch { 0 => 0, 1 => random.Next(10), 2 => random.Next(500), _ => random.Next(20_000) })).ToArray();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        foreach (var largest in new[] { 1, 7, 1_000, 100_000 })
        {
            var buffer = new LineBuffer(20_000);
            var taken = new List<string>();
            for (var sent = 0; sent < bytes.Length;)
            {
                var free = buffer.Free();
                var count = Math.Min(Math.Min(free.Length, bytes.Length - sent), 1 + random.Next(largest));
                bytes.AsMemory(sent, count).CopyTo(free);
                buffer.Commit(count);
                sent += count;
                while (buffer.TryTake(out var line))
                {
                    taken.Add(Encoding.UTF8.GetString(line));
                }
            }

            Assert.Equal(lines, taken);
        }
    }

    [Fact]
    public void A_line_is_too_long_as_soon_as_it_is_longer_than_allowed()
    {
        var buffer = new LineBuffer(3);
        Add(buffer, "abc");
        Assert.False(buffer.TryTake(out _));
        Assert.False(buffer.IsTooLong);

        Add(buffer, "d");
        Assert.False(buffer.TryTake(out _));
        Assert.True(buffer.IsTooLong);

        buffer.Drop();
        Add(buffer, "e\nf\n");
        Assert.True(buffer.TryTake(out var rest));
        Assert.Equal("e", Encoding.UTF8.GetString(rest));
        Assert.True(buffer.TryTake(out var next));
        Assert.Equal("f", Encoding.UTF8.GetString(next));
    }

    private static void Add(LineBuffer buffer, string text)
    {
        Encoding.UTF8.GetBytes(text, buffer.Free().Span);
        buffer.Commit(text.Length);
    }
}
