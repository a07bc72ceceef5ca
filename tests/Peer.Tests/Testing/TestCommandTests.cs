using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Tests.Host;
using Grpc.Core;

namespace ChittyChat.Peer.Tests.Testing;

/// <summary><c>/test</c> at the prompt of a peer.</summary>
public sealed class TestCommandTests : IAsyncLifetime
{
    private const string Failure = """{"number":9,"milliseconds":1,"event":{"event":"step-ended","step":1,"line":3,"outcome":"failed","reason":"bob saw it 0 times","output":[]}}""";
    private const string Success = """{"number":8,"milliseconds":1,"event":{"event":"step-ended","step":1,"line":2,"outcome":"passed","reason":"","output":[]}}""";

    private readonly string _script = Path.Combine(Directory.CreateTempSubdirectory("chittychat-script-").FullName, "mine.chat");
    private ScriptedCoordinator _coordinator = null!;
    private LocalPeer _alice = null!;

    public async Task InitializeAsync()
    {
        _coordinator = await ScriptedCoordinator.StartAsync();
        _alice = await LocalPeer.StartAsync("alice", ("services:testserver:grpc:0", _coordinator.Address.ToString()));
        await File.WriteAllTextAsync(_script, "scenario \"Mine\"\n");
    }

    public async Task DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _coordinator.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_script)!, recursive: true);
    }

    [Fact]
    public async Task The_scripts_of_the_test_server_are_listed() =>
        Assert.Contains("Whom to ask.", await _alice.ExecuteAsync("/test list"), StringComparison.Ordinal);

    [Fact]
    public async Task A_shipped_script_is_run_by_its_name_and_its_summary_is_shown()
    {
        _coordinator.Updates = [Step(Success), End(RunVerdict.Passed, "PASSED: First contact", "3 steps passed")];

        Assert.Equal("PASSED: First contact\n3 steps passed\nresults at the test server: /runs/1", (await _alice.ExecuteAsync("/test run first-contact")).Trim());
        Assert.Equal(("first-contact", RunPeers.Own), (_coordinator.Started!.Name, _coordinator.Started.Peers));
    }

    [Fact]
    public async Task A_file_is_sent_with_its_name()
    {
        _coordinator.Updates = [End(RunVerdict.Passed, "PASSED: Mine")];

        await _alice.ExecuteAsync($"/test run {_script} --attending");

        Assert.Equal(("scenario \"Mine\"\n", _script, RunPeers.Attending), (_coordinator.Started!.Text, _coordinator.Started.File, _coordinator.Started.Peers));
    }

    [Fact]
    public async Task Whoever_is_not_at_the_prompt_of_the_peer_cannot_have_its_files_read()
    {
        _coordinator.Updates = [End(RunVerdict.Passed, "PASSED")];
        var remote = _alice.Commands.CreateSession(command => command.IsLocal ? "not here" : null);

        Assert.True((await remote.ExecuteAsync($"/test run {_script}", new Lines(), CancellationToken.None)).Succeeded);

        Assert.Equal((_script, ""), (_coordinator.Started!.Name, _coordinator.Started.Text));
    }

    [Fact]
    public async Task A_run_that_fails_fails_the_command_and_each_step_that_failed_is_shown_at_once()
    {
        _coordinator.Updates = [Step(Success), Step(Failure), End(RunVerdict.Failed, "FAILED: First contact")];
        var output = new Lines();

        var outcome = await _alice.Commands.ExecuteAsync("/test run first-contact", output, CancellationToken.None);

        Assert.Equal((false, "the run has not passed: failed"), (outcome.Succeeded, outcome.Error));
        Assert.StartsWith("line 3: bob saw it 0 times\nFAILED: First contact\n", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_end_is_not_told_has_not_passed()
    {
        (_coordinator.Updates, _coordinator.EndsEarly) = ([Step(Success)], true);

        var outcome = await _alice.Commands.ExecuteAsync("/test run first-contact", new Lines(), CancellationToken.None);

        Assert.Equal((false, "the test server did not say how the run has ended"), (outcome.Succeeded, outcome.Error));
    }

    [Fact]
    public async Task What_the_test_server_refuses_is_told_in_its_words()
    {
        _coordinator.Refusal = new Status(StatusCode.NotFound, "There is no script 'first-contct'; did you mean 'first-contact'?");

        var outcome = await _alice.Commands.ExecuteAsync("/test run first-contct", new Lines(), CancellationToken.None);

        Assert.Equal("There is no script 'first-contct'; did you mean 'first-contact'?", outcome.Error);
    }

    [Fact]
    public async Task A_command_that_is_cancelled_cancels_its_run()
    {
        _coordinator.Updates = [Step(Failure)];
        using var cancel = new CancellationTokenSource();
        var output = new Lines();
        var running = _alice.Commands.ExecuteAsync("/test run first-contact", output, cancel.Token);
        while (output.Text.Length == 0)
        {
            Assert.False(running.IsCompleted, output.Errors);
            await Task.Yield();
        }

        await cancel.CancelAsync();

        Assert.False((await running).Succeeded);
        Assert.Equal("run-1", await _coordinator.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Without_a_test_server_and_with_one_that_is_away_the_reason_is_said()
    {
        await _coordinator.DisposeAsync();
        Assert.StartsWith("the test server does not answer: ", (await _alice.Commands.ExecuteAsync("/test list", new Lines(), CancellationToken.None)).Error, StringComparison.Ordinal);

        await using var bob = await LocalPeer.StartAsync("bob");
        var outcome = await bob.Commands.ExecuteAsync("/test list", new Lines(), CancellationToken.None);
        Assert.Equal("this peer knows no test server", outcome.Error);
        Assert.StartsWith("Start it with --test-server", outcome.Hint, StringComparison.Ordinal);
    }

    private static RunUpdate Step(string json) => new() { EventJson = json };

    private static RunUpdate End(RunVerdict verdict, params string[] summary) => new() { Ended = new RunEnd { Verdict = verdict, Directory = "/runs/1", Summary = { summary } } };
}
