using ChittyChat.TestSupport;

namespace ChittyChat.System.Tests;

/// <summary>The AppHost as a program leaves nothing behind. Linux: processes are found through /proc.</summary>
[Collection(RunningSystem.Name)]
public class AppHostTests
{
    [Theory]
    [InlineData("TERM", "local")]
    [InlineData("KILL", "none")]
    public async Task Nothing_is_left_after_the_AppHost_was_told_to_end(string signal, string redis)
    {
        using var host = AppHostProcess.Start("--peers", "2", "--spare", "0", "--redis", redis);
        await Eventually.HoldsAsync(
            "both peers run, and the dashboard's address is printed",
            () => Task.FromResult(host.Started()),
            started => started.Count(c => c.Contains("--name peer-", StringComparison.Ordinal)) == 2
                && host.Output.Contains("Login to the dashboard at http://localhost:", StringComparison.Ordinal),
            started => string.Join('\n', started) + "\n" + host.Output);

        host.Signal(signal);
        Assert.True(await host.EndsWithinAsync(Eventually.Limit), $"the AppHost still runs:\n{host.Output}");
        await Eventually.HoldsAsync(
            "no process is left",
            () => Task.FromResult(host.Started()),
            started => started.Count == 0,
            started => string.Join('\n', started));
    }
}
