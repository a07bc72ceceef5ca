using ChittyChat.Dashboard.Tests.Fakes;

namespace ChittyChat.Dashboard.Tests;

/// <summary>A cluster, the dashboard that watches it, and a browser that shows the dashboard's page.</summary>
internal sealed class OpenLab : IAsyncDisposable
{
    private readonly RunningDashboard _dashboard;

    private OpenLab(FakeCluster cluster, RunningDashboard dashboard, BrowserPage page) => (Cluster, _dashboard, Page) = (cluster, dashboard, page);

    public FakeCluster Cluster { get; }

    public BrowserPage Page { get; }

    /// <summary>Starts the peers and then the dashboard, and opens the page.</summary>
    public static async Task<OpenLab> StartAsync(Browser browser, string[] peers, string? aspire = null, string? token = null, int width = 1280)
    {
        var cluster = await FakeCluster.StartAsync(peers);
        var dashboard = await RunningDashboard.StartAsync(cluster.Registry.Address, aspire, token: token);
        return new OpenLab(cluster, dashboard, await browser.OpenAsync(dashboard.Address, width));
    }

    public void Deconstruct(out FakeCluster cluster, out BrowserPage page) => (cluster, page) = (Cluster, Page);

    public async ValueTask DisposeAsync()
    {
        await Page.DisposeAsync();
        await _dashboard.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
