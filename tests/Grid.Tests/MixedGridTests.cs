namespace ChittyChat.Grid.Tests;

/// <summary>Our servers in one grid with one of the Go implementation, as which a <see cref="GoLikePeer"/> stands in.</summary>
public sealed class MixedGridTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    // Longer than the second after which the other implementation wakes up once more.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private static readonly int[] Ids = [0, 1, 2];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task It_takes_part_with_the_lowest_a_middle_and_the_highest_id(int id)
    {
        var ours = Ids.Where(other => other != id).ToArray();
        await using var grid = new Driver.Grid(3);
        await using var other = new GoLikePeer(id, grid.Ports.PeerPortBase);
        await grid.StartAsync(ours);
        await grid.AliveAsync(ours, Ids);
        await IsAsync(other, $"up {string.Join(',', ours)}; got ");

        await grid.BroadcastAsync(ours[0], "one, ’two’");
        await IsAsync(other, $"up {string.Join(',', ours)}; got one, ’two’");
        await other.BroadcastAsync("three  four");
        await grid.AnswersAsync(ours[0], "get", "messages one, ’two’,three  four");
        await grid.AnswersAsync(ours[1], "get", "messages one, ’two’,three  four");

        await StaysAsync(grid, ours, Ids, other);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_server_of_ours_that_was_stopped_comes_back_without_a_second_link_too_early(int id, int ours)
    {
        await using var grid = new Driver.Grid(2);
        await using var other = new GoLikePeer(id, grid.Ports.PeerPortBase);
        await grid.StartAsync(ours);
        await grid.AliveAsync([ours], [0, 1]);

        await grid.Process(ours).SignalAsync("STOP");
        // Its dialler takes a stopped server for alive again as soon as the system has accepted the connection; so it never stays away there.
        await IsAsync(other, "up ; got ");
        await grid.Process(ours).SignalAsync("CONT");

        await IsAsync(other, $"up {ours}; got ");
        await grid.AliveAsync([ours], [0, 1]);
        await StaysAsync(grid, [ours], [0, 1], other);
        await grid.BroadcastAsync(ours, "hello");
        await IsAsync(other, $"up {ours}; got hello");
        await other.BroadcastAsync("hello too");
        await grid.AnswersAsync(ours, "get", "messages hello,hello too");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task It_is_noticed_when_it_ends_and_when_it_comes_back(int id, int ours)
    {
        await using var grid = new Driver.Grid(2);
        await grid.StartAsync(ours);
        await using (new GoLikePeer(id, grid.Ports.PeerPortBase))
        {
            await grid.AliveAsync([ours], [0, 1]);
        }

        await grid.AliveAsync([ours]);
        await using var second = new GoLikePeer(id, grid.Ports.PeerPortBase);
        await grid.AliveAsync([ours], [0, 1]);
        await StaysAsync(grid, [ours], [0, 1], second);
    }

    private static async Task IsAsync(GoLikePeer peer, string expected)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (peer.State != expected)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"The other server is '{peer.State}' instead of '{expected}'.");
            await Task.Delay(Poll, TimeProvider.System);
        }
    }

    private static async Task StaysAsync(Driver.Grid grid, int[] asked, int[] alive, GoLikePeer other)
    {
        var state = other.State;
        await grid.StaysAliveAsync(asked, Settled, alive);
        await IsAsync(other, state);
    }
}
