using System.Globalization;
using System.Text;

namespace ChittyChat.Grid.Tests;

public sealed class BurstTests
{
    private static readonly int[] Ids = [0, 1, 2, 3];

    [Fact]
    public async Task Two_thousand_rapid_broadcasts_arrive_everywhere_in_order()
    {
        const int Count = 2_000;
        await using var grid = new Driver.Grid(Ids.Length);
        await grid.StartAsync(Ids);
        await grid.AliveAsync(Ids);

        await SendAsync(grid, 2, Count);

        var expected = Enumerable.Range(0, Count).Select(i => $"2-{i}");
        Assert.All(await grid.LogsAsync(Ids, Count), log => Assert.Equal(expected, log));
    }

    [Fact]
    public async Task With_two_senders_at_once_the_order_of_each_holds_everywhere()
    {
        const int Count = 1_000;
        await using var grid = new Driver.Grid(Ids.Length);
        await grid.StartAsync(Ids);
        await grid.AliveAsync(Ids);

        await Task.WhenAll(SendAsync(grid, 0, Count), SendAsync(grid, 3, Count));

        foreach (var log in await grid.LogsAsync(Ids, 2 * Count))
        {
            foreach (var sender in new[] { 0, 3 })
            {
                Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{sender}-{i}"), log.Where(text => text.StartsWith($"{sender}-", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public async Task A_stopped_server_does_not_hold_up_the_others()
    {
        const int Count = 200;
        await using var grid = new Driver.Grid(Ids.Length);
        await grid.StartAsync(Ids);
        await grid.AliveAsync(Ids);
        await grid.Process(1).SignalAsync("STOP");

        // More than the buffers of a connection take.
        var text = new string('z', 100_000);
        for (var i = 0; i < Count; i++)
        {
            await grid.BroadcastAsync(0, text);
        }

        Assert.All(await grid.LogsAsync([0, 2, 3], Count), log => Assert.All(log, line => Assert.Equal(text, line)));
    }

    private static Task SendAsync(Driver.Grid grid, int sender, int count)
    {
        var commands = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            commands.Append(CultureInfo.InvariantCulture, $"broadcast {sender}-{i}\n");
        }

        return Task.Run(() => grid[sender].SendAsync(Encoding.UTF8.GetBytes(commands.ToString())));
    }
}
