using System.Text.RegularExpressions;
using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Tests.Fakes;
using ChittyChat.TestSupport;
using Grpc.Core;
using Microsoft.Playwright;

namespace ChittyChat.Dashboard.Tests;

public sealed class LabPageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Aspire = "http://localhost:15888";

    [Fact]
    public async Task A_message_published_on_the_page_reaches_the_chosen_peer_and_shows_who_has_it()
    {
        await using var lab = await OpenLab.StartAsync(browser, ["peer-1", "peer-2", "peer-3"], Aspire);
        var (cluster, page) = lab;
        cluster.CutOff.Add("peer-3");

        await Expect(page.Id("alive")).ToHaveTextAsync("3");
        await page.Id("publish-peer").SelectOptionAsync("peer-2");
        await page.Keyboard.PressAsync("Escape");
        // By keyboard alone.
        await page.Id("publish-peer").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("hej 😀");
        await Expect(page.Id("publish-count")).ToHaveTextAsync("5/128");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Id("publish-said")).ToHaveTextAsync("Published by peer-2 at Lamport time 3.");
        await Expect(page.Id("publish-text")).ToHaveValueAsync("");
        Assert.Equal(["hej 😀"], cluster.Peer("peer-2").Published);
        Assert.Empty(cluster.Peer("peer-1").Published);
        await Expect(page.Cell("hej", "peer-2")).ToHaveTextAsync("3");
        await Expect(page.Cell("hej", "peer-1")).ToHaveTextAsync("4");
        await Expect(page.Cell("hej", "peer-3")).ToHaveTextAsync("lacks");
        await Expect(page.Message("hej").Locator(".sender")).ToHaveTextAsync("peer-2");
        await Expect(page.Message("hej").GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", $"{Aspire}/traces/detail/0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task Joins_crashes_and_leaves_appear_without_a_reload()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        await page.Page.EvaluateAsync("() => window.sameLoad = true");
        await Expect(page.Peer("bob")).ToHaveAttributeAsync("data-state", "alive");

        await cluster.JoinAsync("carol");
        await Expect(page.Peer("carol")).ToHaveAttributeAsync("data-state", "alive");
        await Expect(page.Message("Participant carol joined Chitty-Chat")).ToHaveAttributeAsync("data-kind", "joined");

        await cluster.VanishAsync("bob");
        await Expect(page.Peer("bob")).ToContainTextAsync("This page cannot reach it: Connection refused");
        cluster.Notice("bob", MemberState.Suspect);
        await Expect(page.Peer("bob")).ToHaveAttributeAsync("data-state", "suspect");
        cluster.Notice("bob", MemberState.Dead);
        await Expect(page.Peer("bob")).ToHaveAttributeAsync("data-state", "dead");
        await Expect(page.Message("Participant bob left Chitty-Chat")).ToHaveAttributeAsync("data-kind", "left");
        await Expect(page.Id("alive")).ToHaveTextAsync("2");
        await Expect(page.Id("publish-peer").Locator("option")).ToHaveTextAsync(["alice", "carol"]);

        await cluster.VanishAsync("carol");
        cluster.Notice("carol", MemberState.Left);
        await Expect(page.Peer("carol")).ToHaveAttributeAsync("data-state", "left");

        await cluster.JoinAsync("bob");
        await Expect(page.Peer("bob")).ToHaveAttributeAsync("data-state", "alive");
        Assert.True(await page.Page.EvaluateAsync<bool>("() => window.sameLoad"));
    }

    [Fact]
    public async Task Differences_between_registry_and_gossip_are_marked()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        await cluster.JoinAsync("carol", register: false);
        await cluster.JoinAsync("dave", gossip: false);

        // As lists of one: until everybody has heard of everybody, there are more.
        await Expect(page.Peer("carol").GetByTestId("difference")).ToHaveTextAsync(["In gossip, but not in the registry."]);
        await Expect(page.Peer("dave").GetByTestId("difference")).ToHaveTextAsync(["In the registry, but in no peer's gossip view."]);
        await Expect(page.Peer("alice").GetByTestId("difference")).ToHaveCountAsync(0);
        await Expect(page.Views("carol")).ToHaveTextAsync(new Regex("differs\\s.*not registered.*alive", RegexOptions.Singleline));
        await Expect(page.Views("alice").Locator(".flag")).ToHaveCountAsync(0);

        cluster.Peer("bob").See([cluster.Peer("bob").AsMember(), cluster.Peer("alice").AsMember(MemberState.Suspect), cluster.Peer("carol").AsMember()]);
        await Expect(page.Peer("alice").GetByTestId("difference")).ToHaveTextAsync(["The views disagree: alive for alice, carol, dave; suspect for bob."]);

        cluster.Gossip();
        cluster.Registry.Register(cluster.Peer("carol").AsRegistered());
        await Expect(page.Peer("alice").GetByTestId("difference")).ToHaveCountAsync(0);
        await Expect(page.Peer("carol").GetByTestId("difference")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_registry_that_goes_away_is_said_while_the_chat_goes_on_and_its_return_is_seen()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        await Expect(page.Id("registry")).ToHaveTextAsync("2 members");

        await cluster.Registry.VanishAsync();
        await Expect(page.Id("registry")).ToContainTextAsync("unavailable since");
        await Expect(page.Id("registry-notice")).ToContainTextAsync("The registry does not answer (Connection refused)");
        await Expect(page.Peer("bob").GetByTestId("in-registry")).ToHaveTextAsync("registered when it last answered");
        // Learned from gossip alone, and heard.
        await cluster.JoinAsync("carol");
        cluster.Publish("carol", "who needs a registry?");
        await Expect(page.Cell("who needs", "carol")).ToHaveTextAsync("2");
        await Expect(page.Id("difference")).ToHaveCountAsync(0);

        await cluster.Registry.StartAsync();
        await Expect(page.Id("registry")).ToHaveTextAsync("3 members");
        await Expect(page.Id("registry-notice")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Nobody_there_and_nobody_to_ask_look_different()
    {
        await using var lab = await StartAsync();
        var (cluster, page) = lab;
        await Expect(page.Page.Locator("#peers")).ToContainTextAsync("No peer yet. Start one:");
        await Expect(page.Id("publish-send")).ToBeDisabledAsync();

        await cluster.Registry.VanishAsync();

        await Expect(page.Page.Locator("#peers")).Not.ToContainTextAsync("No peer yet");
        await Expect(page.Page.Locator("#peers")).ToContainTextAsync("This page knows no peer yet, and cannot tell whether there is one.");
    }

    [Fact]
    public async Task A_message_of_129_characters_is_refused_with_the_reason_and_128_emoji_are_not()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        await Expect(page.Id("publish-send")).ToBeEnabledAsync();

        await page.Id("publish-text").FillAsync(new string('x', 129));
        await Expect(page.Id("publish-count")).ToHaveTextAsync("129/128");
        await Expect(page.Id("publish-said")).ToHaveTextAsync("A message has at most 128 characters; this has 129.");
        await page.Id("publish-send").ClickAsync();
        await Expect(page.Id("publish-text")).ToHaveValueAsync(new string('x', 129));

        var emoji = string.Concat(Enumerable.Repeat("😀", 128));
        await page.Id("publish-text").FillAsync(emoji);
        await Expect(page.Id("publish-count")).ToHaveTextAsync("128/128");
        await page.Id("publish-send").ClickAsync();
        await Expect(page.Id("publish-said")).ToHaveTextAsync("Published by alice at Lamport time 2.");
        Assert.Equal([emoji], cluster.Peer("alice").Published);
    }

    [Fact]
    public async Task What_a_peer_refuses_is_said_and_the_text_stays()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        await Expect(page.Id("publish-send")).ToBeEnabledAsync();
        cluster.Peer("alice").Refuses = new RpcException(new Status(StatusCode.Unavailable, "alice has left the chat"));

        await page.Id("publish-text").FillAsync("hello?");
        await page.Id("publish-send").ClickAsync();

        await Expect(page.Id("publish-said")).ToHaveTextAsync("alice could not publish it: Unavailable: alice has left the chat. Try another peer.");
        await Expect(page.Id("publish-text")).ToHaveValueAsync("hello?");
    }

    [Theory]
    [InlineData(360)]
    [InlineData(800)]
    [InlineData(1920)]
    public async Task Nothing_makes_the_page_scroll_sideways(int width)
    {
        await using var cluster = await FakeCluster.StartAsync([.. Enumerable.Range(1, 12).Select(i => $"a-rather-long-name-of-a-peer-{i}")]);
        await using var dashboard = await RunningDashboard.StartAsync(cluster.Registry.Address, Aspire);
        cluster.Publish("a-rather-long-name-of-a-peer-1", new string('W', 128));
        cluster.Publish("a-rather-long-name-of-a-peer-2", string.Concat(Enumerable.Repeat("word ", 25)));
        await cluster.JoinAsync("unregistered", register: false);
        await using var page = await browser.OpenAsync(dashboard.Address, width);
        await Expect(page.Id("alive")).ToHaveTextAsync("13");
        await Expect(page.Message("WWW")).ToHaveCountAsync(1);

        var overflow = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

        Assert.Equal(0, overflow);
    }

    [Fact]
    public async Task The_theme_is_the_systems_until_one_is_chosen_and_the_choice_is_kept()
    {
        await using var dashboard = await RunningDashboard.StartAsync();
        await using var page = await browser.OpenAsync(dashboard.Address, scheme: ColorScheme.Dark);
        const string Dark = "rgb(15, 18, 20)";
        const string Light = "rgb(246, 247, 248)";
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Dark);

        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Theme: system" }).ClickAsync();
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Light);
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Light);

        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Theme: light" }).ClickAsync();
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Dark);
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Theme: dark" }).ClickAsync();
        await page.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Light);
    }

    [Fact]
    public async Task Links_to_the_Aspire_dashboard_are_there_only_when_it_is_configured()
    {
        await using var cluster = await FakeCluster.StartAsync("peer-1");
        await using (var dashboard = await RunningDashboard.StartAsync(cluster.Registry.Address, Aspire))
        {
            await using var page = await browser.OpenAsync(dashboard.Address);
            var links = page.Peer("peer-1").GetByRole(AriaRole.Link);
            await Expect(links.Nth(0)).ToHaveAttributeAsync("href", $"{Aspire}/?resource=peer-1");
            await Expect(links.Nth(1)).ToHaveAttributeAsync("href", $"{Aspire}/consolelogs/resource/peer-1");
        }

        await using var without = await RunningDashboard.StartAsync(cluster.Registry.Address);
        await using var plain = await browser.OpenAsync(without.Address);
        await Expect(plain.Peer("peer-1")).ToHaveCountAsync(1);
        await Expect(plain.Page.Locator("a[target=_blank]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_frozen_list_stays_and_says_how_much_is_new()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        await page.Id("freeze").ClickAsync();
        cluster.Publish("alice", "one");
        cluster.Publish("alice", "two");

        await Expect(page.Id("freeze")).ToHaveTextAsync("Go on (2 new)");
        await Expect(page.Message("two")).ToHaveCountAsync(0);
        await page.Id("freeze").ClickAsync();
        await Expect(page.Message("two")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_page_comes_back_by_itself_when_its_server_was_restarted()
    {
        await using var cluster = await FakeCluster.StartAsync("alice");
        var port = Ports.Free();
        var first = await RunningDashboard.StartAsync(cluster.Registry.Address, port: port);
        await using var page = await browser.OpenAsync(first.Address);
        await Expect(page.Id("publish-send")).ToBeEnabledAsync();
        page.ExpectsErrors = true;
        await first.DisposeAsync();
        await Expect(page.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();

        await using var second = await RunningDashboard.StartAsync(cluster.Registry.Address, port: port);

        await Expect(page.Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        cluster.Publish("alice", "are you back?");
        await Expect(page.Message("are you back?")).ToHaveCountAsync(1);
    }

    private Task<OpenLab> StartAsync(params string[] peers) => OpenLab.StartAsync(browser, peers);

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);
}
