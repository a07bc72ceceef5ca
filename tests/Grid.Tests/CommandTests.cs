using System.Text;
using ChittyChat.Grid.Tests.Driver;

namespace ChittyChat.Grid.Tests;

public sealed class CommandTests
{
    [Fact]
    public async Task A_server_alone_in_a_grid_of_sixteen_serves()
    {
        await using var grid = new Driver.Grid(16);
        await grid.StartAsync(7);

        Assert.Equal("alive 7", await grid[7].AskAsync("alive"));
        await grid.BroadcastAsync(7, "hello");
        Assert.Equal("messages hello", await grid[7].AskAsync("get"));
    }

    [Fact]
    public async Task An_empty_log_is_answered_with_exactly_one_trailing_space()
    {
        await using var grid = new Driver.Grid(1);
        await grid.StartAsync(0);

        Assert.Equal("messages ", await grid[0].AskAsync("get"));
    }

    [Fact]
    public async Task Ids_are_listed_in_the_order_of_numbers()
    {
        await using var grid = new Driver.Grid(12);
        await grid.StartAsync(10, 2, 9);

        await grid.AnswersAsync(2, "alive", "alive 2,9,10");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hello")]
    [InlineData("Alive")]
    [InlineData("getting")]
    [InlineData("broadcast")]
    [InlineData("broadcast ")]
    [InlineData("broadcasts x")]
    [InlineData("crash now")]
    public async Task Blank_and_unknown_commands_and_a_broadcast_without_text_are_ignored(string command)
    {
        await using var grid = new Driver.Grid(1);
        await grid.StartAsync(0);

        await grid[0].SendAsync(command);

        Assert.Equal("messages ", await grid[0].AskAsync("get"));
        Assert.Equal("alive 0", await grid[0].AskAsync("alive"));
    }

    [Fact]
    public async Task Commands_are_handled_one_after_the_other_however_they_arrive()
    {
        await using var grid = new Driver.Grid(1);
        await grid.StartAsync(0);

        foreach (var piece in new[] { "get\nbroad", "cast one\nget\n\nbroadcast", " two\nalive\nget", "\nbroadcast unfinished" })
        {
            await grid[0].SendAsync(Encoding.UTF8.GetBytes(piece));
        }

        foreach (var expected in new[] { "messages ", "messages one", "alive 0", "messages one,two" })
        {
            Assert.Equal(expected, Encoding.UTF8.GetString(await grid[0].ReadLineAsync("the script")));
        }
    }

    [Fact]
    public async Task Every_message_is_in_the_log_for_a_get_right_after_it()
    {
        await using var grid = new Driver.Grid(2);
        await grid.StartAsync(0, 1);
        for (var i = 0; i < 200; i++)
        {
            await grid.BroadcastAsync(0, $"m{i}");
            Assert.EndsWith($"m{i}", await grid[0].AskAsync("get"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Crash_ends_the_process_with_0_and_the_others_notice()
    {
        await using var grid = new Driver.Grid(2);
        await grid.StartAsync(0, 1);
        await grid.AliveAsync([0, 1]);

        await grid[1].SendAsync("crash");

        Assert.Equal(0, await grid.Process(1).ExitCodeAsync());
        await grid.AliveAsync([0]);
    }

    [Fact]
    public async Task A_server_whose_master_is_gone_ends_with_1()
    {
        await using var grid = new Driver.Grid(1);
        await grid.StartAsync(0);

        grid[0].Dispose();

        Assert.Equal(1, await grid.Process(0).ExitCodeAsync());
    }

    [Fact]
    public async Task A_terminated_server_ends_with_0()
    {
        await using var grid = new Driver.Grid(1);
        await grid.StartAsync(0);
        Assert.Equal("alive 0", await grid[0].AskAsync("alive"));

        await grid.Process(0).SignalAsync("TERM");

        Assert.Equal(0, await grid.Process(0).ExitCodeAsync());
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_4_and_its_name()
    {
        await using var grid = new Driver.Grid(2);
        await grid.StartAsync(0);
        await using var second = new GridProcess(GridProcess.PeerBesideTests, grid.Arguments(0));

        Assert.Equal(4, await second.ExitCodeAsync());
        // The master's port is free again: the first server has its master, and takes no other.
        Assert.StartsWith(
            $"Cannot listen on 127.0.0.1:{grid.Ports.PeerPortBase} (this server's own, the peer port base plus its id): ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_arguments_end_the_process_with_their_code()
    {
        await using var process = new GridProcess(GridProcess.PeerBesideTests, ["3", "3", "10000"]);

        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal("<id> is '3'; it has to be the id of this server, less than <n>, 0 to 2. Try grid --help.\n", process.Output);
    }
}
