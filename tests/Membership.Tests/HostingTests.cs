using ChittyChat.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChittyChat.Membership.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task A_node_starts_joins_and_leaves_with_its_host()
    {
        await using var nodes = new TestNodes();
        var seed = await nodes.StartAsync("seed");
        using var logs = new ErrorLogs();
        using (var host = Host(logs, options => Copy(TestNodes.Quick("hosted"), options), seed.Self.Address.ToString()))
        {
            await host.StartAsync();
            Assert.Equal("hosted", host.Services.GetRequiredService<MembershipNode>().Self.Name);
            await TestNodes.UntilAsync("hosted:Alive seed:Alive", seed);

            await host.StopAsync();
            await TestNodes.UntilAsync("hosted:Left seed:Alive", seed);
        }
    }

    [Fact]
    public async Task Wrong_options_end_the_start_and_all_of_them_are_told()
    {
        using var logs = new ErrorLogs();
        logs.Expect("Microsoft.Extensions.Hosting", "");
        using var host = Host(logs, options => (options.GossipNodes, options.DatagramSize) = (0, 1));

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(3, refused.Failures.Count());
        Assert.Contains(refused.Failures, f => f.StartsWith("Name must have 1 to 128 characters", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_seed_that_does_not_answer_ends_the_start_with_its_address()
    {
        using var logs = new ErrorLogs();
        logs.Expect("Microsoft.Extensions.Hosting", "");
        using var host = Host(logs, options => Copy(TestNodes.Quick("hosted"), options), "127.0.0.1:1");

        var failed = await Assert.ThrowsAsync<MembershipException>(() => host.StartAsync());

        Assert.Contains("127.0.0.1:1", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_has_one_node()
    {
        var services = new ServiceCollection();
        services.AddMembership(options => options.Name = "a");

        var refused = Assert.Throws<InvalidOperationException>(() => services.AddMembership(options => options.Name = "b"));

        Assert.Contains("AddMembership was called before", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_logging_and_a_clock_of_its_own_a_container_can_run_a_node_too()
    {
        var services = new ServiceCollection();
        services.AddMembership(options => options.Name = "bare");
        await using var provider = services.BuildServiceProvider();
        Assert.Contains(
            "there when the host has started", Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<MembershipNode>()).Message, StringComparison.Ordinal);

        var service = Assert.Single(provider.GetServices<IHostedService>());
        await service.StartAsync(CancellationToken.None);

        Assert.Equal("bare", provider.GetRequiredService<MembershipNode>().Self.Name);
        await service.StopAsync(CancellationToken.None);
    }

    private static IHost Host(ErrorLogs logs, Action<MembershipOptions> configure, params string[] seeds)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(logs);
        builder.Services.AddMembership(configure, seeds);
        return builder.Build();
    }

    private static void Copy(MembershipOptions from, MembershipOptions to)
    {
        foreach (var property in typeof(MembershipOptions).GetProperties())
        {
            property.SetValue(to, property.GetValue(from));
        }
    }
}
