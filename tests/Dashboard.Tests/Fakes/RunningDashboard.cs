using ChittyChat.ServiceDefaults;
using ChittyChat.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Dashboard.Tests.Fakes;

/// <summary>The dashboard itself, in this process, on a port of its own. Disposing it fails the test if it logged an error.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ErrorLogs _logs;

    private RunningDashboard(WebApplication app, ErrorLogs logs) => (_app, _logs) = (app, logs);

    public string Address => _app.Urls.Single();

    public static async Task<RunningDashboard> StartAsync(string? registry = null, string? aspire = null, int port = 0, string? token = null)
    {
        var logs = new ErrorLogs();
        // As Program.cs does it, but told where it is.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = "ChittyChat.Dashboard",
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = $"http://127.0.0.1:{port}",
            ["services:registry:grpc:0"] = registry,
            ["AspireDashboard:Url"] = aspire,
            ["Console:Token"] = token,
        });
        builder.AddServiceDefaults();
        builder.AddDashboard();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(logs);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapDashboard();
        await app.StartAsync();
        return new RunningDashboard(app, logs);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _logs.AssertNone();
    }
}
