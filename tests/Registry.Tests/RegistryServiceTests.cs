using ChittyChat.Contracts.V1;
using ChittyChat.TestSupport;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static ChittyChat.Registry.Tests.MemberExamples;

namespace ChittyChat.Registry.Tests;

/// <summary>The calls, over gRPC on loopback, with members in memory and a clock of the test.</summary>
public sealed class RegistryServiceTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private RunningRegistry? _registry;

    private RunningRegistry Registry => _registry!;

    public async Task InitializeAsync() => _registry = await RunningRegistry.StartAsync(time: _time);

    public async Task DisposeAsync() => await Registry.DisposeAsync();

    [Fact]
    public async Task Registering_answers_the_lease_and_lists_the_member()
    {
        var answer = await Registry.Client.RegisterAsync(new RegisterRequest { Member = Member("a") });

        Assert.Equal(Duration.FromTimeSpan(TimeSpan.FromSeconds(10)), answer.Lease);
        Assert.Equal([Member("a")], (await Registry.Client.ListAsync(new ListRequest())).Members);
    }

    [Fact]
    public async Task Members_are_listed_in_the_order_of_their_ids()
    {
        foreach (var id in new[] { "b", "B", "c", "a" })
        {
            await Registry.RegisterAsync(Member(id));
        }

        Assert.Equal(["B", "a", "b", "c"], (await Registry.Client.ListAsync(new ListRequest())).Members.Select(m => m.Id));
    }

    [Fact]
    public async Task Renewing_answers_the_lease_and_keeps_the_member()
    {
        await Registry.RegisterAsync(Member("a"));
        _time.Advance(TimeSpan.FromSeconds(6));
        var answer = await Registry.Client.RenewAsync(new RenewRequest { Id = "a" });
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(Duration.FromTimeSpan(TimeSpan.FromSeconds(10)), answer.Lease);
        Assert.Single((await Registry.Client.ListAsync(new ListRequest())).Members);
    }

    [Fact]
    public async Task Renewing_without_a_lease_is_not_found_and_says_what_to_do()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Registry.Client.RenewAsync(new RenewRequest { Id = "a" }));

        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.Equal("No member 'a' is registered, or its lease has run out. Register again.", refused.Status.Detail);
    }

    [Fact]
    public async Task Deregistering_succeeds_with_and_without_a_member()
    {
        await Registry.RegisterAsync(Member("a"));
        await Registry.Client.DeregisterAsync(new DeregisterRequest { Id = "a" });
        await Registry.Client.DeregisterAsync(new DeregisterRequest { Id = "a" });

        Assert.Empty((await Registry.Client.ListAsync(new ListRequest())).Members);
    }

    [Fact]
    public async Task An_invalid_member_is_refused_and_the_message_names_every_field()
    {
        var member = Member("a b");
        member.Session = 0;
        member.GrpcAddress = "127.0.0.1:5001";

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Registry.Client.RegisterAsync(new RegisterRequest { Member = member }));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(
            "id is 'a b'; 1 to 128 printable ASCII characters without blanks are expected; "
            + "session is 0; the random number of the member's session is expected; "
            + "grpc_address is '127.0.0.1:5001'; http://host:port is expected, for example http://127.0.0.1:5001.",
            refused.Status.Detail);
        Assert.Empty((await Registry.Client.ListAsync(new ListRequest())).Members);
    }

    [Fact]
    public async Task A_missing_member_or_id_is_refused()
    {
        var client = Registry.Client;
        var refused = new[]
        {
            await Assert.ThrowsAsync<RpcException>(async () => await client.RegisterAsync(new RegisterRequest())),
            await Assert.ThrowsAsync<RpcException>(async () => await client.RenewAsync(new RenewRequest())),
            await Assert.ThrowsAsync<RpcException>(async () => await client.DeregisterAsync(new DeregisterRequest())),
        };

        Assert.All(refused, r => Assert.Equal(StatusCode.InvalidArgument, r.StatusCode));
        Assert.Equal("member is missing.", refused[0].Status.Detail);
    }

    [Fact]
    public async Task Calls_are_counted()
    {
        await Registry.RegisterAsync(Member("a"));
        await Registry.RegisterAsync(Member("b"));
        await Registry.RegisterAsync(Member("c"));
        await Registry.Client.RenewAsync(new RenewRequest { Id = "a" });
        await Registry.Client.DeregisterAsync(new DeregisterRequest { Id = "b" });
        await Registry.Client.DeregisterAsync(new DeregisterRequest { Id = "unknown" });
        _time.Advance(TimeSpan.FromSeconds(10));
        await Registry.Metrics.WaitForAsync("registry.expiries", 2);

        Assert.Equal(3, Registry.Metrics.Sum("registry.registrations"));
        Assert.Equal(1, Registry.Metrics.Sum("registry.renewals"));
        Assert.Equal(1, Registry.Metrics.Sum("registry.deregistrations"));
        Assert.Equal(0, Registry.Metrics.Observe("registry.members"));
    }

    [Fact]
    public async Task Without_redis_it_is_healthy_and_warns_that_members_are_in_memory()
    {
        Assert.Equal("Healthy", await Registry.Http.GetStringAsync("/health"));
        Assert.Single(Registry.Logs.Lines, l => l.StartsWith("Warning ", StringComparison.Ordinal) && l.Contains("members are kept in memory", StringComparison.Ordinal));
    }
}
