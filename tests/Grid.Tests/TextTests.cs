using System.Text;

namespace ChittyChat.Grid.Tests;

public sealed class TextTests
{
    public static TheoryData<byte[]> Texts => new(
        Encoding.UTF8.GetBytes("one, two,, three,"),
        Encoding.UTF8.GetBytes("  two spaces before, three after   "),
        Encoding.UTF8.GetBytes("it’s né ☃ 🎲 !"),
        Encoding.UTF8.GetBytes("broadcast msg 1 ping 2"),
        [0xFF, 0xFE, 0x80, 0x00, 0xC3, (byte)' ', 0xED, 0xA0, 0x80, (byte)'\r'],
        [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251 == 10 ? 'x' : i % 251))],
        [.. Enumerable.Repeat((byte)'y', 1_000_000)]);

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_text_arrives_everywhere_byte_for_byte(byte[] text)
    {
        await using var grid = new Driver.Grid(3);
        await grid.StartAsync(0, 1, 2);
        await grid.AliveAsync([0, 1, 2]);

        byte[] command = [.. "broadcast "u8, .. text, (byte)'\n'];
        await grid[1].SendAsync(command);
        await grid.BroadcastAsync(1, "end");

        byte[] expected = [.. "messages "u8, .. text, .. ",end"u8];
        for (var id = 0; id < 3; id++)
        {
            byte[] answer;
            do
            {
                await grid[id].SendAsync("get");
                answer = await grid[id].ReadLineAsync("get");
            }
            while (answer.Length < expected.Length);

            Assert.True(expected.AsSpan().SequenceEqual(answer), $"Server {id} answered other bytes than were sent.");
        }
    }
}
