namespace ChittyChat.System.Tests;

/// <summary>The command "Run test…" of the test server, on the peers that run in the system.</summary>
[Collection(RunningSystem.Name)]
public class RunTestTests(SystemFixture system)
{
    [Fact]
    public async Task A_script_runs_on_the_peers_that_are_there_and_shows_what_the_checkers_found()
    {
        var shown = await system.CommandAsync("testserver", "run-test", ("script", "three-peers"), ("peers", "attending"));

        Assert.StartsWith("PASSED: Three peers", shown, StringComparison.Ordinal);
    }
}
