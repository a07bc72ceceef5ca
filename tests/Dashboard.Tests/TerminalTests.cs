using System.Text.RegularExpressions;
using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Tests.Fakes;
using ChittyChat.TestSupport;
using Microsoft.Playwright;

namespace ChittyChat.Dashboard.Tests;

/// <summary>The terminals of the page, in a real browser.</summary>
public sealed class TerminalTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_command_typed_on_the_page_runs_at_the_chosen_peer_and_shows_what_it_says()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "bob");
        await Expect(terminal.GetByTestId("terminal-prompt")).ToHaveTextAsync(new Regex(@"^bob\s*L\s1\s*2 alive\s*›$"));
        await Expect(terminal.GetByTestId("terminal-line")).ToBeFocusedAsync();

        await page.Keyboard.TypeAsync("/members");
        await page.Keyboard.PressAsync("Enter");

        await Expect(Rows(terminal)).ToHaveTextAsync(["bob › /members", "name   state", "bob  alive"]);
        await Expect(terminal.GetByTestId("terminal-line")).ToHaveValueAsync("");
        await Expect(terminal.Locator(".row .success")).ToHaveTextAsync("alive");
        var ran = Assert.Single(cluster.Peer("bob").Ran);
        Assert.Equal("/members", ran.Line);
        Assert.Equal($"{cluster.Peer("bob").Session:x}-1", ran.Session);
        Assert.InRange(ran.Width, 60u, 500u);
        Assert.Empty(cluster.Peer("alice").Ran);

        await page.Keyboard.TypeAsync("/nonsense");
        await page.Keyboard.PressAsync("Enter");
        await Expect(terminal.Locator(".row .error")).ToHaveTextAsync("there is no such command");
    }

    [Fact]
    public async Task What_is_published_comes_back_once_when_it_is_delivered_and_is_counted_while_it_is_typed()
    {
        await using var lab = await StartAsync("alice");
        var page = lab.Page;
        var terminal = await OpenTerminalAsync(page, "alice");
        await page.Keyboard.TypeAsync("hej 😀");
        await Expect(terminal.Locator(".count")).ToHaveTextAsync("5/128");
        await page.Keyboard.PressAsync("Enter");

        await Expect(Rows(terminal)).ToHaveTextAsync(["[2] alice: hej 😀"]);
        await Expect(page.Message("hej")).ToHaveCountAsync(1);
        await Expect(terminal.Locator(".count")).ToHaveTextAsync("");
    }

    [Fact]
    public async Task Tab_completes_as_far_as_it_can_and_offers_the_rest_with_what_it_is()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "alice");
        var line = terminal.GetByTestId("terminal-line");
        var menu = page.Id("candidates");

        await line.PressSequentiallyAsync("/c");
        await line.PressAsync("Tab");
        await Expect(line).ToHaveValueAsync("/clock ");
        await Expect(menu).ToBeHiddenAsync();

        await line.FillAsync("/m");
        await line.PressAsync("Tab");
        await Expect(line).ToHaveValueAsync("/members");
        await Expect(menu.GetByRole(AriaRole.Option)).ToHaveTextAsync(["/membersWho is in the cluster", "/membershipHow members are found"]);
        await line.PressAsync("Tab");
        await line.PressAsync("Tab");
        await Expect(line).ToHaveValueAsync("/membership ");
        await Expect(menu.Locator("[aria-selected=true] b")).ToHaveTextAsync("/membership");
        await line.PressAsync("Enter");
        await Expect(menu).ToBeHiddenAsync();
        Assert.Empty(cluster.Peer("alice").Ran);
        await line.PressAsync("Escape");

        // An empty line does not keep the keyboard.
        await line.FillAsync("");
        await line.PressAsync("Tab");
        await Expect(line).Not.ToBeFocusedAsync();
    }

    [Fact]
    public async Task Earlier_lines_come_back_also_after_a_reload_but_no_secrets()
    {
        await using var lab = await StartAsync("alice");
        var page = lab.Page;
        var terminal = await OpenTerminalAsync(page, "alice");
        foreach (var text in (string[])["/members", "/clock", "/keys add c2VjcmV0"])
        {
            await terminal.GetByTestId("terminal-line").FillAsync(text);
            await page.Keyboard.PressAsync("Enter");
        }

        await page.Page.ReloadAsync();
        var line = (await OpenTerminalAsync(page, "alice")).GetByTestId("terminal-line");
        await line.PressSequentiallyAsync("draft");
        await line.FillAsync("");
        await line.PressAsync("ArrowUp");
        await Expect(line).ToHaveValueAsync("/clock");
        await line.PressAsync("ArrowUp");
        await Expect(line).ToHaveValueAsync("/members");
        await line.PressAsync("ArrowDown");
        await line.PressAsync("ArrowDown");
        await Expect(line).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Stop_cancels_what_runs()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "alice");
        await Expect(terminal.GetByTestId("terminal-stop")).ToBeDisabledAsync();
        await page.Keyboard.TypeAsync("/wait");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Rows(terminal)).ToHaveTextAsync(["alice › /wait", "waiting"]);

        await page.Keyboard.PressAsync("Control+c");

        await cluster.Peer("alice").Cancelled.Task.ComesAsync("the end of the command");
        await Expect(Rows(terminal).Last).ToHaveTextAsync("Cancelled.");
        await Expect(terminal.GetByTestId("terminal-stop")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task A_peer_that_goes_away_and_comes_back_is_said_in_its_terminal()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "bob");

        await cluster.VanishAsync("bob");
        await Expect(terminal.GetByTestId("terminal-screen")).ToContainTextAsync("bob does not answer: ");
        await page.Keyboard.TypeAsync("/members");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Rows(terminal).Last).ToHaveTextAsync("Not run: bob does not answer.");

        // At another address.
        await cluster.JoinAsync("bob");
        await Expect(Rows(terminal).Last).ToHaveTextAsync("bob is back.");
        await page.Keyboard.TypeAsync("/members");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Rows(terminal).Last).ToHaveTextAsync("bob  alive");
    }

    [Fact]
    public async Task Several_terminals_are_open_at_once_and_those_behind_go_on()
    {
        await using var lab = await StartAsync("alice", "bob");
        var (cluster, page) = lab;
        var alice = await OpenTerminalAsync(page, "alice");
        var bob = await OpenTerminalAsync(page, "bob");
        await Expect(alice).ToBeHiddenAsync();
        await Expect(bob).ToBeVisibleAsync();

        cluster.Peer("alice").Print(FakePeer.Line(("behind", Meaning.Plain)));
        await page.Id("terminal-tab").Filter(new LocatorFilterOptions { HasText = "alice" }).ClickAsync();
        await Expect(Rows(alice)).ToHaveTextAsync(["behind"]);

        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Close the terminal of alice" }).ClickAsync();
        await Expect(alice).ToHaveCountAsync(0);
        await Expect(bob).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_screen_keeps_a_bounded_number_of_lines_and_shows_the_newest()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "alice");

        cluster.Peer("alice").Print([.. Enumerable.Range(1, 700).Select(i => FakePeer.Line(($"line {i}", Meaning.Plain)))]);

        await Expect(Rows(terminal).Last).ToHaveTextAsync("line 700");
        await Expect(Rows(terminal)).ToHaveCountAsync(500);
        await Expect(Rows(terminal).Last).ToBeInViewportAsync();
        // Who has scrolled up stays there. (The page learns of the scrolling by an event, and has to have got it.)
        await terminal.GetByTestId("terminal-screen").EvaluateAsync(
            "e => new Promise(seen => { e.addEventListener('scroll', () => seen(), { once: true }); e.scrollTop = 0; })");
        cluster.Peer("alice").Print(FakePeer.Line(("line 701", Meaning.Plain)));
        await Expect(Rows(terminal).Last).ToHaveTextAsync("line 701");
        await Expect(Rows(terminal).Last).Not.ToBeInViewportAsync();
    }

    [Fact]
    public async Task What_a_peer_says_is_text_and_nothing_else()
    {
        await using var lab = await StartAsync("alice");
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "alice");

        cluster.Peer("alice").Print(FakePeer.Line(("<b id=bold>bold</b>\u001b[31m \u202Eleft", Meaning.Plain)));

        await Expect(Rows(terminal)).ToHaveTextAsync(["<b id=bold>bold</b>\uFFFD[31m \uFFFDleft"]);
        await Expect(page.Page.Locator("#bold")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Without_a_token_there_are_no_terminals_and_with_a_wrong_one_they_say_so()
    {
        await using var cluster = await FakeCluster.StartAsync("alice");
        await using (var without = await RunningDashboard.StartAsync(cluster.Registry.Address))
        {
            await using var plain = await browser.OpenAsync(without.Address);
            await Expect(plain.Peer("alice")).ToHaveAttributeAsync("data-state", "alive");
            await Expect(plain.Id("open-terminal")).ToHaveCountAsync(0);
        }

        await using var dashboard = await RunningDashboard.StartAsync(cluster.Registry.Address, token: "wrong");
        await using var page = await browser.OpenAsync(dashboard.Address);
        var terminal = await OpenTerminalAsync(page, "alice", attached: false);
        await Expect(Rows(terminal)).ToHaveTextAsync(["alice does not answer: Unauthenticated: The token is wrong. Trying to reach it again …"]);
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1280)]
    public async Task A_terminal_does_not_make_the_page_scroll_sideways(int width)
    {
        await using var lab = await OpenLab.StartAsync(browser, ["a-rather-long-name-of-a-peer-1"], token: FakePeer.Token, width: width);
        var (cluster, page) = lab;
        var terminal = await OpenTerminalAsync(page, "a-rather-long-name-of-a-peer-1");
        cluster.Peer("a-rather-long-name-of-a-peer-1").Print(FakePeer.Line((new string('W', 400), Meaning.Plain)));
        await Expect(Rows(terminal)).ToHaveCountAsync(1);

        Assert.Equal(0, await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Equal(0, await terminal.GetByTestId("terminal-screen").EvaluateAsync<int>("e => e.scrollWidth - e.clientWidth"));
    }

    private static ILocator Rows(ILocator terminal) => terminal.Locator(".row");

    private Task<OpenLab> StartAsync(params string[] peers) => OpenLab.StartAsync(browser, peers, token: FakePeer.Token);

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static async Task<ILocator> OpenTerminalAsync(BrowserPage page, string peer, bool attached = true)
    {
        await page.Peer(peer).GetByTestId("open-terminal").ClickAsync();
        var terminal = page.Page.Locator($"[data-testid=terminal][data-peer='{peer}']");
        await Expect(terminal.GetByTestId("terminal-line")).ToBeFocusedAsync();
        if (attached)
        {
            await Expect(terminal.GetByTestId("terminal-prompt")).ToContainTextAsync(" alive ");
        }

        return terminal;
    }
}
