using System.Security.Cryptography;
using ChittyChat.Dashboard.Observation;
using ChittyChat.Dashboard.Page;
using ChittyChat.Dashboard.Publishing;
using ChittyChat.Dashboard.Terminals;
using ChittyChat.ServiceDefaults;

namespace ChittyChat.Dashboard;

internal static class DashboardServices
{
    public static WebApplicationBuilder AddDashboard(this WebApplicationBuilder builder)
    {
        // Run from the build output, the page's files are where this manifest says, in every environment; published, there is no manifest.
        builder.WebHost.UseStaticWebAssets();
        var services = builder.Services;
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddOptions<AspireDashboardOptions>()
            .BindConfiguration("AspireDashboard")
            .Validate(o => o.Url is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                "AspireDashboard__Url is not an absolute address; one such as http://localhost:18888 is expected.")
            .ValidateOnStart();
        services.AddSingleton<AspireLinks>();
        services.AddSingleton<DashboardMetrics>();
        services.AddSingleton<ChatPublisher>();
        services.AddOptions<ConsoleOptions>().BindConfiguration("Console");
        services.AddSingleton<TerminalFactory>();

        var registry = builder.Configuration.FindServiceEndpoint("registry", "grpc");
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new Jitter(new Random(RandomNumberGenerator.GetInt32(int.MaxValue))));
        services.AddSingleton<Reconnection>();
        services.AddSingleton(p => new LabModel(registry is not null, p.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.AddSingleton<LabObserver>();
        services.AddHostedService(p => p.GetRequiredService<LabObserver>());
        services.AddHostedService<PeerWatchers>();
        if (registry is not null)
        {
            services.AddHostedService(p => ActivatorUtilities.CreateInstance<RegistryWatcher>(p, registry));
        }

        return builder;
    }

    public static WebApplication MapDashboard(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }
}
