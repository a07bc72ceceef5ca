using System.Net;
using ChittyChat.BootstrapApi;
using ChittyChat.TestSupport;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The service over HTTP, through the client that peers use.</summary>
public sealed class ServiceTests
{
    private const string Admin = RunningBootstrap.AdminToken;

    [Fact]
    public async Task Ping_says_who_answers()
    {
        await using var service = await RunningBootstrap.StartAsync();

        var ping = await service.Client.PingAsync();

        Assert.Equal(("chittychat-bootstrap", "memory", service.Time.GetUtcNow()), (ping.Service, ping.Store, ping.ServerTime));
        Assert.StartsWith("0.1.0", ping.Version, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_joins_is_listed_with_a_lease_by_the_services_clock()
    {
        await using var service = await RunningBootstrap.StartAsync();
        var now = service.Time.GetUtcNow();

        var joined = await JoinAsync(service, "a");

        Assert.Equal((true, TokenOf("a")), (joined.Stored, joined.Token));
        var expected = new Contact { Id = "a", Name = "name of a", Address = "127.0.0.1:7946", Since = now, LeaseExpires = now.AddSeconds(30) };
        Assert.Equal(expected, Assert.Single(joined.List.Contacts));
        Assert.Equal(now, joined.List.ServerTime);
        Assert.Equal(expected, Assert.Single((await service.Client.ListAsync()).Contacts));
    }

    [Fact]
    public async Task A_full_list_is_no_failure()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=1");
        await JoinAsync(service, "a");

        var second = await JoinAsync(service, "b");

        Assert.Equal((false, null), (second.Stored, second.Token));
        Assert.Equal(["a"], second.List.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task Joining_again_with_the_same_token_is_the_same_join()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");
        service.Time.Advance(TimeSpan.FromSeconds(10));

        var again = await JoinAsync(service, "a");

        Assert.True(again.Stored);
        Assert.Equal(service.Time.GetUtcNow().AddSeconds(30), Assert.Single(again.List.Contacts).LeaseExpires);
    }

    [Fact]
    public async Task Another_peer_cannot_take_an_id_that_is_on_the_list()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");

        var join = await FailsAsync(() => service.Client.JoinAsync("a", new JoinRequest { Name = "thief", Address = "b:1" }, TokenOf("thief")));
        var refill = await FailsAsync(() => service.Client.RefillAsync(RefillOf("a", uptime: 0), TokenOf("thief")));

        Assert.Equal((BootstrapFailure.Conflict, HttpStatusCode.Conflict), (join.Failure, join.Status));
        Assert.Equal(BootstrapFailure.Conflict, refill.Failure);
        Assert.Equal("name of a", (await service.Client.ListAsync()).Contacts.Single().Name);
    }

    [Fact]
    public async Task A_renewed_lease_keeps_the_contact_and_a_lapsed_one_loses_it()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");
        for (var i = 0; i < 4; i++)
        {
            service.Time.Advance(TimeSpan.FromSeconds(29));
            var renewed = await service.Client.RenewAsync("a", TokenOf("a"));
            Assert.Equal(service.Time.GetUtcNow().AddSeconds(30), renewed.Contact.LeaseExpires);
            Assert.Equal(renewed.Contact, Assert.Single(renewed.List.Contacts));
        }

        service.Time.Advance(TimeSpan.FromSeconds(30));

        var e = await FailsAsync(() => service.Client.RenewAsync("a", TokenOf("a")));
        Assert.Equal((BootstrapFailure.NotFound, HttpStatusCode.NotFound), (e.Failure, e.Status));
        Assert.Empty((await service.Client.ListAsync()).Contacts);
    }

    [Fact]
    public async Task A_list_full_of_the_dead_does_not_lock_a_newcomer_out()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=2", "Bootstrap:LeaseSeconds=10");
        await JoinAsync(service, "dead-1");
        await JoinAsync(service, "dead-2");
        service.Time.Advance(TimeSpan.FromSeconds(10));

        var newcomer = await JoinAsync(service, "alive");

        Assert.True(newcomer.Stored);
        Assert.Equal(["alive"], newcomer.List.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task To_renew_and_to_leave_one_needs_the_contacts_token()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");
        await JoinAsync(service, "b");

        var renew = await FailsAsync(() => service.Client.RenewAsync("a", TokenOf("b")));
        var leave = await FailsAsync(() => service.Client.LeaveAsync("a", TokenOf("b")));
        Assert.Equal((BootstrapFailure.Refused, HttpStatusCode.Forbidden), (renew.Failure, renew.Status));
        Assert.Equal((BootstrapFailure.Refused, HttpStatusCode.Forbidden), (leave.Failure, leave.Status));
        Assert.Equal(2, (await service.Client.ListAsync()).Contacts.Count);

        Assert.True(await service.Client.LeaveAsync("a", TokenOf("a")));
        Assert.Equal(["b"], (await service.Client.ListAsync()).Contacts.Select(c => c.Id));
        Assert.False(await service.Client.LeaveAsync("a", TokenOf("a")));
    }

    [Fact]
    public async Task The_administrator_can_remove_anyone()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");

        Assert.True(await service.Client.LeaveAsync("a", Admin));

        Assert.Empty((await service.Client.ListAsync()).Contacts);
    }

    [Fact]
    public async Task A_refill_says_what_it_came_to()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxPeers=2", "Bootstrap:MinRefillCandidates=2");
        Task<RefillResponse> RefillAsync(string id, double uptime, int members) =>
            service.Client.RefillAsync(RefillOf(id, uptime) with { Members = members }, TokenOf(id));

        var lonely = await RefillAsync("a", uptime: 10, members: 1);
        Assert.Equal((RefillOutcome.Added, TokenOf("a")), (lonely.Outcome, lonely.Token));
        Assert.Equal(RefillOutcome.TooFewMembers, (await RefillAsync("b", uptime: 20, members: 1)).Outcome);
        Assert.Equal(RefillOutcome.Added, (await RefillAsync("b", uptime: 20, members: 2)).Outcome);
        Assert.Equal(RefillOutcome.Renewed, (await RefillAsync("b", uptime: 20, members: 2)).Outcome);
        Assert.Equal(RefillOutcome.NotOlder, (await RefillAsync("c", uptime: 5, members: 3)).Outcome);

        var replaced = await RefillAsync("c", uptime: 30, members: 3);
        Assert.Equal((RefillOutcome.Replaced, "a", TokenOf("c")), (replaced.Outcome, replaced.EvictedId, replaced.Token));
        Assert.Equal(["c", "b"], replaced.List.Contacts.Select(c => c.Id));
    }

    [Fact]
    public async Task A_claimed_uptime_is_believed_up_to_the_limit()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:MaxClaimedUptime=01:00:00");

        await service.Client.RefillAsync(RefillOf("honest", uptime: 3599.5), TokenOf("honest"));
        await service.Client.RefillAsync(RefillOf("boastful", uptime: double.MaxValue), TokenOf("boastful"));

        var now = service.Time.GetUtcNow();
        Assert.Equal(
            [("boastful", now.AddHours(-1)), ("honest", now.AddHours(-1).AddSeconds(0.5))],
            (await service.Client.ListAsync()).Contacts.Select(c => (c.Id, c.Since)));
    }

    [Fact]
    public async Task New_rules_are_in_force_at_once_and_in_every_answer()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");
        service.Time.Advance(TimeSpan.FromSeconds(1));
        await JoinAsync(service, "b");
        service.Time.Advance(TimeSpan.FromSeconds(1));
        await JoinAsync(service, "c");
        var rules = new BootstrapConfig { MaxPeers = 1, MinRefillCandidates = 7, LeaseSeconds = 100 };

        var answer = await service.Client.PutConfigAsync(rules, Admin);

        Assert.Equal(["c", "b"], answer.EvictedIds);
        Assert.Equal((rules, "a"), (answer.List.Config, answer.List.Contacts.Single().Id));
        Assert.Equal(rules, await service.Client.GetConfigAsync());
        Assert.Equal(rules, (await JoinAsync(service, "d")).List.Config);
        Assert.Equal(rules, (await service.Client.RenewAsync("a", TokenOf("a"))).List.Config);
    }

    [Fact]
    public async Task Rules_out_of_range_are_refused_and_change_nothing()
    {
        await using var service = await RunningBootstrap.StartAsync();

        var e = await FailsAsync(() => service.Client.PutConfigAsync(new BootstrapConfig { MaxPeers = 0, MinRefillCandidates = 0, LeaseSeconds = 30 }, Admin));

        Assert.Equal((BootstrapFailure.Invalid, HttpStatusCode.BadRequest), (e.Failure, e.Status));
        Assert.Contains("maxPeers is 0; 1 to 1000 is expected.", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await service.Client.GetConfigAsync()).MaxPeers);
    }

    [Fact]
    public async Task Reset_takes_all_off_the_list_and_keeps_the_rules()
    {
        await using var service = await RunningBootstrap.StartAsync();
        var rules = new BootstrapConfig { MaxPeers = 9, MinRefillCandidates = 7, LeaseSeconds = 100 };
        await service.Client.PutConfigAsync(rules, Admin);
        await JoinAsync(service, "a");

        var list = await service.Client.ResetAsync(Admin);

        Assert.Empty(list.Contacts);
        Assert.Equal(rules, list.Config);
    }

    [Fact]
    public async Task Reset_and_rules_need_the_administrators_token()
    {
        await using var service = await RunningBootstrap.StartAsync();
        await JoinAsync(service, "a");
        var rules = await service.Client.GetConfigAsync();

        var reset = await FailsAsync(() => service.Client.ResetAsync(TokenOf("a")));
        var config = await FailsAsync(() => service.Client.PutConfigAsync(rules with { MaxPeers = 1 }, TokenOf("a")));

        Assert.Equal((BootstrapFailure.Refused, HttpStatusCode.Forbidden), (reset.Failure, reset.Status));
        Assert.Equal(BootstrapFailure.Refused, config.Failure);
        Assert.Single((await service.Client.ListAsync()).Contacts);
        Assert.Equal(rules, await service.Client.GetConfigAsync());
    }

    [Fact]
    public async Task Without_an_administrators_token_nobody_is_administrator_and_the_answer_says_how_to_have_one()
    {
        await using var service = await RunningBootstrap.StartAsync("Bootstrap:AdminToken=");

        var e = await FailsAsync(() => service.Client.ResetAsync(Admin));

        Assert.Equal((BootstrapFailure.Refused, HttpStatusCode.Forbidden), (e.Failure, e.Status));
        Assert.Contains("Start it with one of 16 or more characters in Bootstrap__AdminToken.", e.Message, StringComparison.Ordinal);
    }

    private static string TokenOf(string id) => $"token-of-contact-{id}";

    private static RefillRequest RefillOf(string id, double uptime) =>
        new() { Id = id, Name = $"name of {id}", Address = "127.0.0.1:7946", UptimeSeconds = uptime, Members = 9 };

    private static Task<JoinResponse> JoinAsync(RunningBootstrap service, string id) =>
        service.Client.JoinAsync(id, new JoinRequest { Name = $"name of {id}", Address = "127.0.0.1:7946" }, TokenOf(id));

    private static Task<BootstrapException> FailsAsync(Func<Task> call) => Assert.ThrowsAsync<BootstrapException>(call);
}
