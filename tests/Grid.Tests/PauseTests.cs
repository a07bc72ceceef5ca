namespace ChittyChat.Grid.Tests;

public sealed class PauseTests
{
    // Longer than the time after which the others give the silent link up.
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ShortPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(1_100);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_stopped_server_is_not_alive_and_a_resumed_one_is(int victim)
    {
        int[] ids = [0, 1, 2, 3, 4];
        var others = ids.Where(id => id != victim).ToArray();
        await using var grid = new Driver.Grid(ids.Length);
        await grid.StartAsync(ids);
        await grid.AliveAsync(ids);

        await grid.Process(victim).SignalAsync("STOP");
        await grid.AliveAsync(others);
        await grid.StaysAliveAsync(others, ShortPause);
        await grid.BroadcastAsync(others[1], "meanwhile");
        await grid.LogsAsync(others, 1);

        await grid.Process(victim).SignalAsync("CONT");
        await grid.AliveAsync(ids);
        await grid.StaysAliveAsync(ids, Settled);
        await grid.BroadcastAsync(others[0], "after");
        await grid.BroadcastAsync(victim, "resumed");

        Assert.All(await grid.LogsAsync(others, 3), log => Assert.Equal(["after", "meanwhile", "resumed"], log.Order()));
        Assert.Equal(["after", "resumed"], (await grid.LogsAsync([victim], 2))[0].Order());
        Assert.All(ids, id => Assert.False(grid.Process(id).HasExited));
    }

    [Fact]
    public async Task Servers_that_were_stopped_for_long_come_back_all_at_once()
    {
        int[] ids = [0, 1, 2, 3, 4];
        int[] victims = [0, 2, 4];
        int[] others = [1, 3];
        await using var grid = new Driver.Grid(ids.Length);
        await grid.StartAsync(ids);
        await grid.AliveAsync(ids);

        await Task.WhenAll(victims.Select(id => grid.Process(id).SignalAsync("STOP")));
        await grid.AliveAsync(others);
        await grid.StaysAliveAsync(others, LongPause);
        await Task.WhenAll(victims.Select(id => grid.Process(id).SignalAsync("CONT")));

        await grid.AliveAsync(ids);
        await grid.StaysAliveAsync(ids, Settled);
        foreach (var id in ids)
        {
            await grid.BroadcastAsync(id, $"from-{id}");
        }

        Assert.All(await grid.LogsAsync(ids, ids.Length), log => Assert.Equal(ids.Select(id => $"from-{id}"), log.Order()));
    }
}
