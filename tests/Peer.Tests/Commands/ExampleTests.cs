using System.Security.Cryptography;
using ChittyChat.Peer.Tests.Host;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Commands;

/// <summary>Nothing is documented that does not work: the first example of each command, run in a peer that is connected to another, to bootstrap and registry.</summary>
public sealed class ExampleTests
{
    private static readonly string[] OwnGroups = ["bootstrap", "chat", "faults", "membership", "peer", "registry"];

    // What has to be done first, or after everything else.
    private static readonly string[] Last = ["leave", "rejoin", "crash", "quit"];

    private readonly string _first = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string _second = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task The_first_example_of_every_command_does_what_it_says()
    {
        var (bootstrapPort, registryPort) = (Ports.Free(), Ports.Free());
        await using var bootstrap = await ServiceProcess.StartBootstrapAsync(bootstrapPort);
        await using var registry = await ServiceProcess.StartRegistryAsync(registryPort);
        (string, string)[] settings =
        [
            ("services:bootstrap:http:0", $"http://127.0.0.1:{bootstrapPort}"),
            ("services:registry:grpc:0", $"http://127.0.0.1:{registryPort}"),
            ("Peer:GossipKey", _first),
        ];
        await using var alice = await LocalPeer.StartAsync("alice", settings);
        await using var bob = await LocalPeer.StartAsync("bob", settings);
        await alice.ExecuteAsync("/wait members 2");
        await alice.ExecuteAsync($"/set token {ServiceProcess.AdminToken}");
        await alice.ExecuteAsync("a message to ask about");
        await alice.SeesAsync("a message to ask about");

        var commands = alice.Commands.Registry.Commands
            .Where(command => OwnGroups.Contains(command.Group) && !command.Name.StartsWith("wait ", StringComparison.Ordinal) && !command.Name.StartsWith("expect ", StringComparison.Ordinal))
            .OrderBy(command => Array.IndexOf(Last, command.Name)).ToArray();
        Assert.Empty(commands.Where(command => command.Examples.Length == 0).Select(command => command.Name));
        Assert.True(commands.Length > 40, $"only {commands.Length} commands are tried");
        foreach (var command in commands)
        {
            await PrepareAsync(command.Name, alice, bob);
            var line = command.Examples[0].Line.Replace("127.0.0.1:7946", bob.Lifecycle.View!.Self.GossipAddress, StringComparison.Ordinal);
            var output = new Lines();
            var outcome = await alice.Commands.ExecuteAsync(line, output, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
            if (command.Name == "trace")
            {
                // Nobody collects traces here; the error says what to do.
                Assert.Contains("was not traced. Start the peers under the AppHost", output.Errors, StringComparison.Ordinal);
                continue;
            }

            Assert.True(outcome.Succeeded, $"{line}: {output.Errors}");
            if (command.Group == "faults")
            {
                await alice.ExecuteAsync("/fault heal");
            }
        }

        await alice.Crashed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(5), Assert.Single(alice.Pauses));
    }

    [Fact]
    public async Task Conditions_are_met_by_what_happens_and_say_what_is_the_case_otherwise()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        var waiting = alice.ExecuteAsync("/wait members 2 --timeout 60s");
        var message = alice.ExecuteAsync("/wait message needle --from bob --new --timeout 60s");
        await using var bob = await LocalPeer.StartAsync("bob", ("Peer:Join", alice.Lifecycle.View!.Self.GossipAddress));
        await waiting;
        await bob.ExecuteAsync("a needle in a haystack");
        await message;
        await alice.ExecuteAsync("/expect message needle");
        await alice.ExecuteAsync("/expect members 2 --exactly");
        await alice.ExecuteAsync("/expect member nobody gone");
        await alice.ExecuteAsync("/expect fail expect message needle --from alice");

        Assert.Equal("expected members 3, but: 2 alive (alice, bob)", await FailsAsync(alice, "/expect members 3"));
        await bob.StopAsync();
        await alice.ExecuteAsync("/wait member bob left --timeout 60s");
    }

    [Fact]
    public async Task Settings_of_every_layer_are_saved_and_loaded_and_what_needs_a_restart_is_named()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        await using var bob = await LocalPeer.StartAsync("bob", ("Peer:Join", alice.Lifecycle.View!.Self.GossipAddress));
        await alice.ExecuteAsync("/wait members 2");
        var file = Path.GetTempFileName();
        try
        {
            await alice.ExecuteAsync("/fault delay bob 20ms --jitter 5ms");
            await alice.ExecuteAsync("/log level membership debug");
            await alice.ExecuteAsync($"/settings save {file}");
            await alice.ExecuteAsync("/fault heal");
            await alice.ExecuteAsync("/log level membership warning");

            var text = await File.ReadAllTextAsync(file);
            Assert.All((string[])["bootstrap", "chat", "faults", "log", "membership", "peer", "registry"], section => Assert.Contains($"\"{section}\": {{", text, StringComparison.Ordinal));
            await File.WriteAllTextAsync(file, text.Replace("\"history\": 10000", "\"history\": 500", StringComparison.Ordinal));
            await alice.ExecuteAsync($"/settings load {file}");
            Assert.Contains("delay 20 ms ± 5 ms", await alice.ExecuteAsync("/fault list"), StringComparison.Ordinal);
            Assert.Contains("\"membership\": \"debug\"", await alice.ExecuteAsync("/settings show log"), StringComparison.Ordinal);
            Assert.Contains("--history  500", await alice.ExecuteAsync("/settings pending"), StringComparison.Ordinal);

            // The profile decides the numbers: a file with others is refused as a whole.
            await File.WriteAllTextAsync(file, text.Replace("\"indirectChecks\": 1", "\"indirectChecks\": 2", StringComparison.Ordinal).Replace("20ms", "40ms", StringComparison.Ordinal));
            Assert.Contains("follow from its profile", await FailsAsync(alice, $"/settings load {file}"), StringComparison.Ordinal);
            Assert.Contains("delay 20 ms", await alice.ExecuteAsync("/fault list"), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Members_messages_and_targets_complete_with_what_the_peer_knows()
    {
        await using var alice = await LocalPeer.StartAsync("alice");
        await using var bob = await LocalPeer.StartAsync("bob", ("Peer:Join", alice.Lifecycle.View!.Self.GossipAddress));
        await alice.ExecuteAsync("/wait members 2");
        await alice.ExecuteAsync("find me");
        await alice.SeesAsync("find me");

        Assert.Equal(["bob"], (await CompleteAsync(alice, "/ping ")).Where(IsValue));
        Assert.Equal(["*", "bob"], (await CompleteAsync(alice, "/fault cut ")).Where(IsValue).Order(StringComparer.Ordinal));
        Assert.Contains("last", await CompleteAsync(alice, "/who-has "));
        Assert.Contains("membership", await CompleteAsync(alice, "/log level mem"));
    }

    private static bool IsValue(string candidate) => !candidate.StartsWith('-');

    private static async Task<string[]> CompleteAsync(LocalPeer peer, string line) =>
        [.. (await peer.Commands.Completion.CompleteAsync(line, line.Length, CancellationToken.None)).Candidates.Select(candidate => candidate.Text)];

    private static async Task<string> FailsAsync(LocalPeer peer, string line)
    {
        var output = new Lines();
        var outcome = await peer.Commands.ExecuteAsync(line, output, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(outcome.Succeeded, $"{line} succeeded");
        return output.Errors;
    }

    private async Task PrepareAsync(string command, LocalPeer alice, LocalPeer bob)
    {
        switch (command)
        {
            case "tag remove":
                await alice.ExecuteAsync("/tag set role tester");
                break;
            case "keys add":
                await alice.ExecuteAsync($"/set key {_second}");
                break;
            case "keys use" or "keys remove":
                // As one exchanges keys: first everybody has the new one, then everybody uses it.
                foreach (var peer in (LocalPeer[])[alice, bob])
                {
                    await peer.ExecuteAsync($"/keys add {_second}");
                }

                foreach (var peer in (LocalPeer[])(command == "keys use" ? [] : [bob, alice]))
                {
                    await peer.ExecuteAsync($"/keys use {_second}");
                }

                await alice.ExecuteAsync($"/set key {(command == "keys use" ? _second : _first)}");
                break;
        }
    }
}
