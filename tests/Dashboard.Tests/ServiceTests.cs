using System.Net;
using ChittyChat.Dashboard.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace ChittyChat.Dashboard.Tests;

public sealed class ServiceTests
{
    // The discard port: nobody listens there.
    private const string Nobody = "http://127.0.0.1:9";

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/")]
    public async Task The_service_is_healthy_and_serves_its_page_without_a_registry(string path)
    {
        await using var dashboard = await RunningDashboard.StartAsync(Nobody);
        using var client = new HttpClient();

        var response = await client.GetAsync(dashboard.Address + path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task An_address_of_the_Aspire_dashboard_that_is_none_stops_the_start_with_what_would_be_right()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningDashboard.StartAsync(aspire: "localhost:18888"));

        Assert.Equal(
            "AspireDashboard__Url is not an absolute address; one such as http://localhost:18888 is expected.", failure.Message);
    }
}
