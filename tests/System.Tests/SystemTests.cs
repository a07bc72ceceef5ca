using System.Net;

namespace ChittyChat.System.Tests;

[Collection(SystemUnderTest.Name)]
public sealed class SystemTests(RunningSystem system)
{
    [Fact]
    public async Task Everything_starts_healthy_and_spare_peers_wait_to_be_started()
    {
        // The fixture has waited for the others.
        for (var number = RunningSystem.Peers + 1; number <= RunningSystem.Peers + RunningSystem.Spare; number++)
        {
            await system.InStateAsync($"peer-{number}", KnownResourceStates.NotStarted, KnownResourceStates.Finished);
        }

        Assert.Empty(system.ErrorLines);
    }

    [Fact]
    public async Task Add_peer_starts_the_next_one_and_remove_peer_stops_the_last()
    {
        await system.CommandAsync("peers", "add-peer");
        await system.HealthyAsync("peer-4");

        await system.CommandAsync("peers", "remove-peer");
        var ended = await system.InStateAsync("peer-4", KnownResourceStates.TerminalStates);
        Assert.Equal(0, ended.Snapshot.ExitCode);
        await system.HealthyAsync("peer-3");
    }

    [Fact]
    public async Task A_crashed_peer_is_gone_at_once_and_can_be_started_again()
    {
        await system.CommandAsync("peer-2", "crash");
        var ended = await system.InStateAsync("peer-2", KnownResourceStates.TerminalStates);
        Assert.NotEqual(0, ended.Snapshot.ExitCode);

        await system.CommandAsync("peer-2", KnownResourceCommands.StartCommand);
        await system.HealthyAsync("peer-2");
    }

    [Fact]
    public async Task The_registry_is_unhealthy_without_redis_and_recovers_with_it()
    {
        await system.CommandAsync("redis", KnownResourceCommands.StopCommand);
        await system.InStateAsync("redis", KnownResourceStates.TerminalStates);
        await system.UnhealthyAsync("registry");

        await system.CommandAsync("redis", KnownResourceCommands.StartCommand);
        await system.HealthyAsync("redis");
        await system.HealthyAsync("registry");
        await system.HealthyAsync("bootstrap");
    }

    [Fact]
    public async Task The_Aspire_dashboard_opens_with_its_token_and_answers_for_telemetry_with_its_key()
    {
        using var browser = new HttpClient { BaseAddress = system.AspireDashboard };
        var page = await browser.GetAsync(new Uri($"/login?t={system.BrowserToken}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, "/"), (page.StatusCode, page.RequestMessage!.RequestUri!.AbsolutePath));

        using var client = new HttpClient { BaseAddress = system.AspireDashboard };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/telemetry/resources", UriKind.Relative))).StatusCode);
        client.DefaultRequestHeaders.Add("x-api-key", system.TelemetryKey);
        string[] expected = ["registry", "bootstrap", "dashboard", "peer-1", "peer-2", "peer-3"];
        await RunningSystem.UntilAsync(
            () => client.GetStringAsync(new Uri("/api/telemetry/resources", UriKind.Relative)),
            resources => expected.All(name => resources.Contains($"\"{name}\"", StringComparison.Ordinal)),
            $"telemetry of {string.Join(", ", expected)}");
    }
}
