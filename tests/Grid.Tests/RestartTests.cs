namespace ChittyChat.Grid.Tests;

public sealed class RestartTests
{
    // Longer than it takes until somebody could miss a link that has ended late.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(1_100);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(400)]
    [InlineData(1_000)]
    public async Task A_server_that_is_killed_and_comes_back_is_a_full_member_with_an_empty_log(int milliseconds)
    {
        int[] ids = [0, 1, 2, 3];
        await using var grid = new Driver.Grid(ids.Length);
        await grid.StartAsync(ids);
        await grid.AliveAsync(ids);
        await grid.BroadcastAsync(1, "before");
        await grid.LogsAsync(ids, 1);
        var expected = ids.ToDictionary(id => id, _ => new List<string> { "before" });

        foreach (var victim in new[] { 0, 2, 3 })
        {
            grid.Kill(victim);
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
            await grid.StartAsync(victim);
            expected[victim].Clear();

            await grid.AliveAsync(ids);
            await grid.StaysAliveAsync(ids, Settled);
            foreach (var sender in ids)
            {
                await grid.BroadcastAsync(sender, $"{victim}-{sender}");
                foreach (var id in ids)
                {
                    expected[id].Add($"{victim}-{sender}");
                    await grid.AnswersAsync(id, "get", "messages " + string.Join(',', expected[id]));
                }
            }
        }
    }
}
