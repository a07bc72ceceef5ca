using Microsoft.Extensions.Options;

namespace ChittyChat.Dashboard.Tests;

public sealed class AspireLinksTests
{
    [Theory]
    [InlineData("http://localhost:15888")]
    [InlineData("http://localhost:15888/")]
    public void Links_lead_to_the_pages_of_the_Aspire_dashboard(string url)
    {
        var links = new AspireLinks(Options.Create(new AspireDashboardOptions { Url = new Uri(url) }));

        Assert.Equal("http://localhost:15888/?resource=peer-1", links.Resource("peer-1"));
        Assert.Equal("http://localhost:15888/consolelogs/resource/peer-1", links.Console("peer-1"));
        Assert.Equal("http://localhost:15888/traces/detail/0af7", links.Trace("0af7"));
        Assert.Null(links.Trace(""));
    }

    [Fact]
    public void Without_a_dashboard_there_are_no_links()
    {
        var links = new AspireLinks(Options.Create(new AspireDashboardOptions()));

        Assert.Null(links.Home);
        Assert.Null(links.Resource("peer-1"));
        Assert.Null(links.Console("peer-1"));
        Assert.Null(links.Trace("0af7"));
    }
}
