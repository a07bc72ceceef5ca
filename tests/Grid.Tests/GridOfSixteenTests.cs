namespace ChittyChat.Grid.Tests;

/// <summary>Sixteen starts at once take all of a small machine: this runs when the other tests have ended.</summary>
[Collection(nameof(GridOfSixteenTests))]
[CollectionDefinition(nameof(GridOfSixteenTests), DisableParallelization = true)]
public sealed class GridOfSixteenTests
{
    private const int Size = 16;

    [Fact]
    public async Task Sixteen_servers_in_any_order_find_each_other_lose_some_and_take_them_back()
    {
        var ids = Enumerable.Range(0, Size).ToArray();
        var random = new Random(16);
        var shuffled = ids.ToArray();
        random.Shuffle(shuffled);
        await using var grid = new Driver.Grid(Size);
        await grid.StartAsync(shuffled);
        await grid.AliveAsync(ids);

        foreach (var id in ids)
        {
            await grid.BroadcastAsync(id, $"first-{id}");
        }

        var first = await grid.LogsAsync(ids, Size);
        Assert.All(first, log => Assert.Equal(ids.Select(id => $"first-{id}").Order(), log.Order()));

        int[] killed = [0, 7, 15, shuffled.First(id => id is not (0 or 7 or 15))];
        var left = ids.Except(killed).ToArray();
        foreach (var id in killed)
        {
            grid.Kill(id);
        }

        await grid.AliveAsync(left);
        await grid.BroadcastAsync(left[0], "second");
        Assert.All(await grid.LogsAsync(left, Size + 1), log => Assert.Equal("second", log[^1]));

        await grid.StartAsync(killed);
        await grid.AliveAsync(ids);
        Assert.All(await grid.LogsAsync(killed, 0), Assert.Empty);
        await grid.BroadcastAsync(killed[1], "third");
        Assert.All(await grid.LogsAsync(killed, 1), log => Assert.Equal(["third"], log));
        var last = await grid.LogsAsync(left, Size + 2);
        for (var i = 0; i < left.Length; i++)
        {
            Assert.Equal([.. first[left[i]], "second", "third"], last[i]);
        }
    }
}
