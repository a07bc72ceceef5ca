using System.Net;
using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Options;
using RegistryClient = ChittyChat.Contracts.V1.Registry.RegistryClient;

namespace ChittyChat.Registry.Tests;

/// <summary>Configuration and ports.</summary>
public sealed class StartupTests
{
    [Fact]
    public async Task Nothing_configured_means_two_free_loopback_ports_one_for_each_protocol()
    {
        await using var registry = await RunningRegistry.StartAsync();

        Assert.Equal("127.0.0.1", registry.Ports.Http.Host);
        Assert.Equal("127.0.0.1", registry.Ports.Grpc.Host);
        Assert.NotEqual(registry.Ports.Http.Port, registry.Ports.Grpc.Port);
        Assert.Equal("Healthy", await registry.Http.GetStringAsync("/health"));
        Assert.Equal("Healthy", await registry.Http.GetStringAsync("/alive"));
        Assert.Empty((await registry.Client.ListAsync(new ListRequest())).Members);
        Assert.Contains(registry.Logs.Lines, l => l.EndsWith($"HTTP (health) at {registry.Ports.Http}, gRPC (HTTP/2 without TLS) at {registry.Ports.Grpc}", StringComparison.Ordinal));
        // Kestrel warns when addresses are given in two ways.
        Assert.DoesNotContain(registry.Logs.Lines, l => l.Contains("Overriding address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Configured_ports_are_the_ones_that_are_opened()
    {
        var (http, grpc) = (Ports.Free(), Ports.Free());

        await using var registry = await RunningRegistry.StartAsync(settings: [("urls", $"http://localhost:{http}"), ("GRPC_PORT", $"{grpc}")]);
        Assert.Equal(http, registry.Ports.Http.Port);
        Assert.Equal(grpc, registry.Ports.Grpc.Port);
        using var client = new HttpClient();
        Assert.Equal("Healthy", await client.GetStringAsync($"http://localhost:{http}/health"));
        using var channel = GrpcChannel.ForAddress($"http://localhost:{grpc}");
        Assert.Empty((await new RegistryClient(channel).ListAsync(new ListRequest())).Members);
    }

    [Fact]
    public async Task The_grpc_port_speaks_http_2_only()
    {
        await using var registry = await RunningRegistry.StartAsync();
        using var client = new HttpClient();

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(registry.Ports.Grpc, ServiceDefaultsExtensions.AlivePath))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var old = await client.GetAsync(new Uri(registry.Ports.Grpc, ServiceDefaultsExtensions.AlivePath));
        Assert.Equal(HttpStatusCode.BadRequest, old.StatusCode);
    }

    [Theory]
    [InlineData("GRPC_PORT", "many", "GRPC_PORT is 'many'; a port from 1 to 65535 is expected, or 0 for any free one.")]
    [InlineData("GRPC_PORT", "65536", "GRPC_PORT is '65536'")]
    [InlineData("GRPC_PORT", "-1", "GRPC_PORT is '-1'")]
    [InlineData("urls", "localhost", "ASPNETCORE_URLS contains 'localhost'; addresses such as http://127.0.0.1:5000")]
    [InlineData("urls", "https://localhost:5001", "ASPNETCORE_URLS contains 'https://localhost:5001'")]
    [InlineData("urls", "http://example.org:5001", "ASPNETCORE_URLS contains 'http://example.org:5001'")]
    [InlineData("ConnectionStrings:redis", "password=x", "ConnectionStrings__redis names no server; host:port,password=… is expected.")]
    public async Task A_malformed_setting_stops_the_start_and_says_what_is_expected(string key, string value, string message)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningRegistry.StartAsync(settings: (key, value)));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Registry:Lease", "00:00:00.999")]
    [InlineData("Registry:Lease", "01:00:00.001")]
    [InlineData("Registry:Lease", "10")]
    [InlineData("Registry:StoreTimeout", "00:00:00.099")]
    [InlineData("Registry:StoreTimeout", "00:00:30.001")]
    public async Task A_setting_out_of_range_stops_the_start_and_names_the_range(string key, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningRegistry.StartAsync(settings: (key, value)));

        Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " must be from 00:00:0", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:00:01")]
    [InlineData("01:00:00")]
    public async Task The_lease_is_what_was_configured(string lease)
    {
        await using var registry = await RunningRegistry.StartAsync(settings: ("Registry:Lease", lease));

        var answer = await registry.Client.RegisterAsync(new RegisterRequest { Member = MemberExamples.Member("a") });
        Assert.Equal(TimeSpan.Parse(lease, System.Globalization.CultureInfo.InvariantCulture), answer.Lease.ToTimeSpan());
    }

    [Fact]
    public async Task A_registry_full_of_the_largest_members_can_be_read_and_takes_no_more()
    {
        await using var registry = await RunningRegistry.StartAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, IMemberStore.Capacity), async (i, _) => await registry.RegisterAsync(MemberExamples.LongestMember(i)));

        Assert.Equal(IMemberStore.Capacity, (await registry.Client.ListAsync(new ListRequest())).Members.Count);
        using var watch = await registry.WatchAsync();
        Assert.Equal(IMemberStore.Capacity, (await watch.SnapshotAsync()).Members.Count);

        var refused = await Assert.ThrowsAsync<RpcException>(() => registry.RegisterAsync(MemberExamples.Member("newcomer")));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal("The registry is full: it holds 4000 members. Try again when one has left.", refused.Status.Detail);
    }
}
