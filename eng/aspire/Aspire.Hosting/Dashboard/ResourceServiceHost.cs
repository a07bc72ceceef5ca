using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Dashboard;

/// <summary>The server at which the dashboard asks: gRPC on localhost, for whoever has the key.</summary>
internal sealed class ResourceServiceHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ResourceServiceHost(WebApplication app) => _app = app;

    public static async Task<ResourceServiceHost> StartAsync(DashboardSettings settings, DashboardService service, CancellationToken cancellationToken)
    {
        // Empty, so that the AppHost's own environment (ASPNETCORE_URLS above all) does not configure it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.ListenLocalhost(new Uri(settings.ResourceServiceUrl).Port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var app = builder.Build();
        var key = Encoding.UTF8.GetBytes(settings.ResourceServiceApiKey);
        app.Use(async (context, next) =>
        {
            var shown = Encoding.UTF8.GetBytes(context.Request.Headers["x-resource-service-api-key"].ToString());
            if (CryptographicOperations.FixedTimeEquals(shown, key))
            {
                await next(context);
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
        });
        app.MapGrpcService<DashboardService>();
        await app.StartAsync(cancellationToken);
        return new ResourceServiceHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
