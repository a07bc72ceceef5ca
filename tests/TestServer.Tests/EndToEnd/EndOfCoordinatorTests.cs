using ChittyChat.TestServer.Processes;
using ChittyChat.TestServer.Results;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Tests.EndToEnd;

/// <summary>The coordinator as a process that ends in the middle of a run, with peers that run or are stopped, and a Redis that knows nothing of anybody's end.</summary>
public sealed class EndOfCoordinatorTests : IAsyncLifetime
{
    private const string Script = """
        scenario "Endless"
        services redis
        peers alice bob
        alice: hello
        stop bob
        expect alice sees "never" within 10m
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-end-");
    private ChildProcess _coordinator = null!;

    public async Task InitializeAsync()
    {
        var script = Path.Combine(_directory.FullName, "endless.chat");
        await File.WriteAllTextAsync(script, Script);
        _coordinator = new ChildProcess(
            "coordinator", Path.Combine(AppContext.BaseDirectory, "ChittyChat.TestServer.dll"), ["run", script, "--runs", _directory.FullName], new Dictionary<string, string>(),
            Path.Combine(_directory.FullName, "coordinator.log"), readyLine: "ok   line 5: bob: stop bob");
        await _coordinator.Ready.WaitAsync(Patience);
    }

    public async Task DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Interrupted_it_ends_all_that_it_has_started_and_keeps_the_results()
    {
        var processes = Started();

        await _coordinator.SignalAsync("INT", CancellationToken.None);

        Assert.Equal(2, await _coordinator.ExitAsync(CancellationToken.None).WaitAsync(Patience));
        Assert.All(processes, process => Assert.False(Lives(process), $"{process} still lives"));
        var run = Path.Combine(_directory.FullName, "endless", "latest");
        Assert.Equal("CANCELLED: Endless", (await File.ReadAllLinesAsync(Path.Combine(run, RunDirectory.SummaryFile)))[0]);
        Assert.Contains("<error message=\"cancelled\"", await File.ReadAllTextAsync(Path.Combine(run, RunDirectory.JUnitFile)), StringComparison.Ordinal);
        var entries = await RecordFile.ReadAsync(Path.Combine(run, RunDirectory.RecordFile), CancellationToken.None);
        Assert.Contains(entries, entry => entry.Event is Delivered { Text: "hello" });
        Assert.Equal(Verdict.Cancelled, Assert.IsType<RunEnded>(entries[^1].Event).Verdict);
    }

    [Fact]
    public async Task Killed_it_leaves_nobody_behind()
    {
        var processes = Started();

        await _coordinator.KillAsync();

        var began = TimeProvider.System.GetTimestamp();
        while (processes.Where(Lives).ToArray() is { Length: > 0 } left)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"still there: {string.Join(", ", left)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    // Those whom the coordinator has started: redis, the peers, and the guard.
    private int[] Started()
    {
        int[] processes = [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!)).Where(IsChild)];
        Assert.Equal(4, processes.Length);
        return processes;

        bool IsChild(int process)
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process}/stat");
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == _coordinator.Id.ToString();
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    // One that has ended and that nobody has asked for is a zombie.
    private static bool Lives(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
