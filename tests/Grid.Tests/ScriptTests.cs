using System.Diagnostics;
using System.Globalization;
using ChittyChat.Grid.Tests.Driver;

namespace ChittyChat.Grid.Tests;

/// <summary>The scripts that a master calls, linked into a folder that holds nothing else.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chitty-chat-grid-");
    private readonly DirectoryInfo _other = Directory.CreateTempSubdirectory("chitty-chat-grid-");
    private readonly DirectoryInfo _running = Directory.CreateTempSubdirectory("chitty-chat-grid-");

    public ScriptTests()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Aspire.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("These tests have to lie in the repository.");
        }

        foreach (var folder in new[] { _folder, _other })
        {
            foreach (var script in new[] { "build", "process", "stopall" })
            {
                File.CreateSymbolicLink(Path.Combine(folder.FullName, script), Path.Combine(root.FullName, "grid", script));
            }
        }
    }

    [Fact]
    public async Task Process_becomes_the_server_and_stopall_ends_those_of_its_folder_only()
    {
        await using var grid = new Driver.Grid(3, ["./process"]);
        await using var stranger = new GridProcess(["sleep", "1000"], []);
        await File.WriteAllTextAsync(Path.Combine(_running.FullName, stranger.Id.ToString(CultureInfo.InvariantCulture)), $"1 {_folder.FullName}\n");
        grid.Launch(0, In(_folder));
        grid.Launch(1, In(_folder));
        grid.Launch(2, In(_other));
        foreach (var id in new[] { 0, 1, 2 })
        {
            await grid.ConnectAsync(id);
        }

        await grid.AliveAsync([0, 1, 2]);
        Assert.Contains("grid\0" + "0\0", await File.ReadAllTextAsync($"/proc/{grid.Process(0).Id}/cmdline"), StringComparison.Ordinal);
        await grid.Process(1).SignalAsync("STOP");

        await RunAsync("./stopall", _folder);

        Assert.Equal(128 + 9, await grid.Process(0).ExitCodeAsync());
        Assert.Equal(128 + 9, await grid.Process(1).ExitCodeAsync());
        await grid.AliveAsync([2]);
        Assert.False(stranger.HasExited);

        await RunAsync("./stopall", _other);
        Assert.Equal(128 + 9, await grid.Process(2).ExitCodeAsync());
        Assert.Empty(_running.EnumerateFiles());
        await RunAsync("./stopall", _other);
    }

    [Fact]
    public async Task A_server_stays_in_the_process_group_of_who_starts_it()
    {
        await using var grid = new Driver.Grid(1, ["./process"]);
        grid.Launch(0, In(_folder));
        await grid.ConnectAsync(0);

        Assert.Equal(await GroupAsync(Environment.ProcessId), await GroupAsync(grid.Process(0).Id));
    }

    [Fact]
    public async Task Without_a_build_process_says_what_to_do()
    {
        await using var process = new GridProcess(["./process"], ["0", "1", "10000"], start =>
        {
            In(_folder)(start);
            start.Environment["GRID_PEER"] = "/nowhere/peer";
        });

        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal("process: there is no /nowhere/peer; run ./build first\n", process.Output);
    }

    public void Dispose()
    {
        foreach (var folder in new[] { _folder, _other, _running })
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> GroupAsync(int process) => (await File.ReadAllTextAsync($"/proc/{process}/stat")).Split(") ")[^1].Split(' ')[2];

    private Action<ProcessStartInfo> In(DirectoryInfo folder) => start =>
    {
        start.WorkingDirectory = folder.FullName;
        start.FileName = Path.Combine(folder.FullName, start.FileName);
        start.Environment["GRID_PEER"] = Path.Combine(AppContext.BaseDirectory, "ChittyChat.Peer");
        start.Environment["GRID_RUNNING"] = _running.FullName;
    };

    private async Task RunAsync(string script, DirectoryInfo folder)
    {
        await using var process = new GridProcess([script], [], In(folder));
        Assert.Equal(0, await process.ExitCodeAsync());
        Assert.Equal("", process.Output);
    }
}
