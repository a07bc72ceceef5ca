using System.Diagnostics;
using System.Text.Json;
using ChittyChat.TestSupport;

namespace ChittyChat.System.Tests;

/// <summary>What the command "Attach" of a peer shows is a line that works as it stands.</summary>
[Collection(RunningSystem.Name)]
public class AttachTests(SystemFixture system)
{
    [Fact]
    public async Task The_line_that_a_peer_shows_attaches_a_shell_to_its_prompt()
    {
        var line = await system.CommandAsync("peer-2", "attach");

        var start = new ProcessStartInfo("/bin/sh", ["-c", line!]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var shell = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        await shell.StandardInput.WriteLineAsync("/whoami --json");
        shell.StandardInput.Close();
        var output = await shell.StandardOutput.ReadToEndAsync(deadline.Token);
        var error = await shell.StandardError.ReadToEndAsync(deadline.Token);
        await shell.WaitForExitAsync(deadline.Token);

        Assert.True(shell.ExitCode == 0, $"{line} ended with {shell.ExitCode}: {error}");
        Assert.Equal("peer-2", JsonDocument.Parse(output).RootElement.GetProperty("name").GetString());
    }
}
