using System.Net;
using ChittyChat.BootstrapApi;
using ChittyChat.TestSupport;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The service while its store is away: it says so, and comes back by itself.</summary>
public sealed class StoreOutageTests
{
    private const string Token = "the-token-of-the-contact";
    private const string HealthCategory = "Microsoft.Extensions.Diagnostics.HealthChecks";

    [Fact]
    public async Task While_redis_is_away_every_call_says_unavailable_and_afterwards_all_is_well()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var service = await StartAsync(redis);
        await JoinAsync(service);
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(service));

        await redis.StopAsync();

        await AssertUnavailableAsync(service);
        Assert.Contains(service.Logs.Lines, line => line.StartsWith("Warning ChittyChat.Bootstrap.EntryPointList: The store is unavailable", StringComparison.Ordinal));

        await redis.StartAsync();

        await UntilHealthyAsync(service);
        Assert.Empty((await service.Client.ListAsync()).Contacts);
        Assert.True((await JoinAsync(service)).Stored);
        Assert.Contains(service.Logs.Lines, line => line.EndsWith("The store is available again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_may_come_later_than_the_service()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await redis.StopAsync();
        await using var service = await StartAsync(redis);

        await AssertUnavailableAsync(service);
        await redis.StartAsync();

        await UntilHealthyAsync(service);
        Assert.True((await JoinAsync(service)).Stored);
    }

    [Fact]
    public async Task A_corrupt_file_makes_the_service_unavailable_and_a_repaired_one_available()
    {
        var directory = Directory.CreateTempSubdirectory("chittychat-bootstrap-");
        var path = Path.Combine(directory.FullName, "bootstrap.json");
        await File.WriteAllTextAsync(path, "not json");
        await using (var service = await RunningBootstrap.StartAsync("Bootstrap:Store=file", $"Bootstrap:FilePath={path}"))
        {
            service.Logs.Expect(HealthCategory, "Health check store with status Unhealthy");
            await AssertUnavailableAsync(service);

            File.Delete(path);

            Assert.Equal(HttpStatusCode.OK, await HealthAsync(service));
            Assert.True((await JoinAsync(service)).Stored);
        }

        directory.Delete(recursive: true);
    }

    private static async Task<RunningBootstrap> StartAsync(RedisServer redis)
    {
        var service = await RunningBootstrap.StartAsync("Bootstrap:Store=redis", $"ConnectionStrings:redis={redis.ConnectionString}");
        service.Logs.Expect(HealthCategory, "Health check store with status Unhealthy");
        return service;
    }

    private static async Task AssertUnavailableAsync(RunningBootstrap service)
    {
        var client = service.Client;
        var rules = new BootstrapConfig { MaxPeers = 1, MinRefillCandidates = 1, LeaseSeconds = 1 };
        var calls = new Dictionary<string, Func<Task>>
        {
            ["list"] = () => client.ListAsync(),
            ["join"] = () => JoinAsync(service),
            ["renew"] = () => client.RenewAsync("a", Token),
            ["leave"] = () => client.LeaveAsync("a", Token),
            ["refill"] = () => client.RefillAsync(new RefillRequest { Id = "a", Name = "n", Address = "a:1", Members = 2 }, Token),
            ["reset"] = () => client.ResetAsync(RunningBootstrap.AdminToken),
            ["get config"] = () => client.GetConfigAsync(),
            ["put config"] = () => client.PutConfigAsync(rules, RunningBootstrap.AdminToken),
        };
        foreach (var (name, call) in calls)
        {
            var e = await Assert.ThrowsAsync<BootstrapException>(call);
            Assert.Equal((name, BootstrapFailure.Unavailable, HttpStatusCode.ServiceUnavailable), (name, e.Failure, e.Status));
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(service));
        using var page = await service.Http.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.Contains("The list is unavailable.", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotEmpty((await client.PingAsync()).Service);
    }

    // The connection comes back by itself, with real time: about a second.
    private static Task<HttpStatusCode> UntilHealthyAsync(RunningBootstrap service) =>
        Eventually.HoldsAsync("the service is healthy again", () => HealthAsync(service), health => health == HttpStatusCode.OK, health => $"{health}");

    private static async Task<HttpStatusCode> HealthAsync(RunningBootstrap service)
    {
        using var response = await service.Http.GetAsync("/health");
        return response.StatusCode;
    }

    private static Task<JoinResponse> JoinAsync(RunningBootstrap service) =>
        service.Client.JoinAsync("a", new JoinRequest { Name = "alice", Address = "127.0.0.1:7946" }, Token);
}
