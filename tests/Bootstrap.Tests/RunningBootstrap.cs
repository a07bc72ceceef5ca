using ChittyChat.Bootstrap;
using ChittyChat.BootstrapApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChittyChat.TestSupport;

/// <summary>The real service on a free port, with a clock that the test owns, and a patient client that tries only once. Fails the test on unexpected error logs.</summary>
internal sealed class RunningBootstrap : IAsyncDisposable
{
    public const string AdminToken = "the-admin's-token-of-the-tests";

    /// <summary>For clients that try once, and wait for the answer as long as it is allowed.</summary>
    public static readonly BootstrapClientOptions Once = new() { Retries = 0, TryTimeout = TimeSpan.FromMinutes(1) };

    private readonly WebApplication _app;

    private RunningBootstrap(WebApplication app, ManualTimeProvider time, ErrorLogs logs)
    {
        (_app, Time, Logs) = (app, time, logs);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Client = NewClient();
    }

    public ManualTimeProvider Time { get; }

    public ErrorLogs Logs { get; }

    public HttpClient Http { get; }

    public BootstrapClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address => Http.BaseAddress!;

    /// <summary>Starts a service; settings are as on the command line, for example <c>Bootstrap:MaxPeers=2</c>, and win over the ones here.</summary>
    public static async Task<RunningBootstrap> StartAsync(params string[] settings)
    {
        var time = new ManualTimeProvider();
        var logs = new ErrorLogs();
        string[] own = ["urls=http://127.0.0.1:0", "Bootstrap:Store=memory", $"Bootstrap:AdminToken={AdminToken}"];
        var app = BootstrapApp.Create([.. own.Concat(settings).Select(setting => "--" + setting)], builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Logging.ClearProviders().AddProvider(logs);
        });
        await app.StartAsync();
        return new RunningBootstrap(app, time, logs);
    }

    public BootstrapClient NewClient(int seed = 1) => new(Http, Address, new Random(seed), Once);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Logs.Dispose();
    }
}
