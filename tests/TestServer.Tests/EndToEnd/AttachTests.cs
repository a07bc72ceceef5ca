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
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chittychat-attach-");
    private readonly List<ChildProcess> _peers = [];
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    private Uri Coordinator => outcomes.Services.GetRequiredService<ServicePorts>().Grpc;

    public async Task InitializeAsync()
    {
        var port = OwnServices.FreePort();
        foreach (var name in (string[])["peer-1", "peer-2"])
        {
            string[] contact = name == "peer-1" ? ["--gossip-port", $"{port}"] : ["--join", $"127.0.0.1:{port}"];
            _peers.Add(new ChildProcess(
                name, new Programs(null).Peer, ["--name", name, "--plain", "--quit-at-eof", "--test-server", Coordinator.ToString(), .. contact], new Dictionary<string, string>(),
                Path.Combine(_directory.FullName, name + ".log")));
        }

        var hub = outcomes.Services.GetRequiredService<AttendanceHub>();
        var began = TimeProvider.System.GetTimestamp();
        while (hub.Idle.Count(name => name is "peer-1" or "peer-2") < 2)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(2), $"the peers do not attend: {string.Join(" / ", _peers.Select(peer => peer.LastWords))}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
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

    private Task<int> RunAsync(params string[] arguments) => TestCommandLine.RunAsync(arguments, _output, _error, CancellationToken.None);
}
