using ChittyChat.Dashboard.Tests.Fakes;
using Microsoft.Playwright;

namespace ChittyChat.Dashboard.Tests;

public sealed class LabPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Pictures()
    {
        await using var cluster = await FakeCluster.StartAsync("peer-1", "peer-2", "peer-3");
        await cluster.JoinAsync("dave", register: false);
        await using var dashboard = await RunningDashboard.StartAsync(cluster.Registry.Address, "http://localhost:18888");
        cluster.Publish("peer-1", "hello everybody, this is the first message");
        cluster.Publish("peer-2", "hej 😀 — nice to be here");
        cluster.CutOff.Add("peer-3");
        cluster.Publish("dave", "does everybody get this? It is a rather long message that goes up to the limit of what may be said in this chat, one-hundred!!!");
        cluster.CutOff.Clear();
        cluster.Publish("peer-3", "yes");
        await cluster.JoinAsync("erin");
        cluster.Publish("erin", "hello from the one that came later");
        await cluster.VanishAsync("peer-2");
        cluster.Peer("peer-1").See([cluster.Peer("peer-1").AsMember()]);
        foreach (var (w, h, s) in new[] { (1920, 1080, ColorScheme.Light), (1920, 1080, ColorScheme.Dark), (360, 740, ColorScheme.Light), (360, 740, ColorScheme.Dark), (1024, 800, ColorScheme.Light) })
        {
            await using var page = await browser.OpenAsync(dashboard.Address, w, h, s);
            await Assertions.Expect(page.Message("from the one that came later")).ToHaveCountAsync(1);
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = $"/tmp/shots/{w}-{s}.png", FullPage = true });
        }
    }
}
