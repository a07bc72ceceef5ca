using ChittyChat.ServiceDefaults;
using ChittyChat.TestServer.Attendance;
using ChittyChat.TestServer.Commands;
using ChittyChat.TestServer.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.TestServer.Tests.EndToEnd;

/// <summary>Runs on peers that somebody else has started.</summary>
[Collection(nameof(ScriptOutcomes))]
public sealed class AttachTests(ScriptOutcomes outcomes) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-attach-");
    private readonly List<ChildProcess> _peers = [];
    private readonly int _port = OwnServices.FreePort();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private Uri Coordinator => outcomes.Services.GetRequiredService<ServicePorts>().Grpc;

    public async Task InitializeAsync()
    {
        foreach (var name in (string[])["peer-1", "peer-2"])
        {
            string[] contact = name == "peer-1" ? ["--gossip-port", $"{_port}"] : ["--join", $"127.0.0.1:{_port}"];
            _peers.Add(new ChildProcess(
                name, new Programs(null).Peer, ["--name", name, "--plain", "--quit-at-eof", "--test-server", Coordinator.ToString(), .. contact], new Dictionary<string, string>(),
                Path.Combine(_directory.FullName, name + ".log")));
        }

        var hub = outcomes.Services.GetRequiredService<AttendanceHub>();
        await UntilAsync(() => hub.Idle.Count(name => name is "peer-1" or "peer-2") == 2, () => string.Join(" / ", _peers.Select(peer => peer.LastWords)));
    }

    public async Task DisposeAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_script_is_played_by_peers_that_attend_and_refused_when_there_are_too_few()
    {
        var script = Path.Combine(_directory.FullName, "attach.chat");
        await File.WriteAllTextAsync(script, """
            scenario "Attached": "Names of the script are roles."
            peers alice bob
            expect all members alice bob
            alice: hello
            expect bob sees "hello" from alice count 1
            expect output containing "peer-2" alice: /members
            expect fail containing "there is no" alice: /ping nobody
            expect all agree on messages
            """);
        Assert.True(await RunAsync("run", script, "--attach", Coordinator.ToString(), "--as", "alice=peer-1") == 0, $"{_output}\n{_error}");
        Assert.Contains("PASSED: Attached", _output.ToString(), StringComparison.Ordinal);

        await File.WriteAllTextAsync(script, "scenario \"Impossible\"\npeers alice bob\nstop bob\n");
        Assert.Equal(1, await RunAsync("run", script, "--attach", Coordinator.ToString()));
        Assert.Contains("peer-2 was started by somebody else, and only who starts a process can stop it", _output.ToString(), StringComparison.Ordinal);

        await File.WriteAllTextAsync(script, "scenario \"Too many\"\npeers alice bob carol\nalice: hi\n");
        Assert.Equal(2, await RunAsync("run", script, "--attach", Coordinator.ToString()));
        Assert.Contains("Nobody plays carol: 3 peers are needed, and of those that attend 2 are free (peer-1, peer-2).", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_peers_can_play_again_also_after_one_has_left_and_come_back()
    {
        var script = Path.Combine(_directory.FullName, "again.chat");
        await File.WriteAllTextAsync(script, """
            scenario "Again and again"
            peers alice bob
            cut alice from bob
            heal
            alice: hello
            expect bob sees "hello" from alice count 1
            leave bob
            expect alice members alice
            expect all members alice
            start bob
            expect all members alice bob
            bob: back
            expect alice sees "back" from bob count 1
            """);
        for (var run = 1; run <= 2; run++)
        {
            Assert.True(await RunAsync("run", script, "--attach", Coordinator.ToString()) == 0, $"{_output}\n{_error}");
        }

        Assert.Contains($"{Path.DirectorySeparatorChar}again{Path.DirectorySeparatorChar}", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_can_be_started_at_the_prompt_of_a_peer_that_takes_part()
    {
        var script = Path.Combine(_directory.FullName, "prompt.chat");
        await File.WriteAllTextAsync(script, "scenario \"From the prompt\"\npeers first-one peer-1\nfirst-one: hello\nexpect peer-1 sees \"hello\" from first-one count 1\n");
        await using var driver = new ChildProcess(
            "first-one", new Programs(null).Peer, ["--name", "first-one", "--plain", "--quit-at-eof", "--test-server", Coordinator.ToString(), "--join", $"127.0.0.1:{_port}"],
            new Dictionary<string, string>(), Path.Combine(_directory.FullName, "driver.log"));
        var hub = outcomes.Services.GetRequiredService<AttendanceHub>();
        await UntilAsync(() => hub.Idle.Contains("first-one"), () => driver.LastWords);

        await driver.FeedAsync($"/test list\n/test run {script} --attending\n");

        Assert.True(await driver.ExitAsync(CancellationToken.None).WaitAsync(Patience) == 0, driver.LastWords);
        var shown = await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "driver.log"));
        Assert.Contains("three-peers", shown, StringComparison.Ordinal);
        Assert.Contains("PASSED: From the prompt", shown, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> condition, Func<string> status)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"the peers do not attend: {status()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private Task<int> RunAsync(params string[] arguments) => TestCommandLine.RunAsync(arguments, _output, _error, CancellationToken.None);
}
