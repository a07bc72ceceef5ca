using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChittyChat.System.Tests;

/// <summary>The whole application as <c>dotnet run --project AppHost</c> starts it, with three peers, one spare and the Aspire dashboard.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    // Nine processes come up at once.
    private static readonly TimeSpan StartLimit = 3 * Eventually.Limit;

    private readonly ConcurrentDictionary<string, string> _states = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private Task _watch = Task.CompletedTask;
    private DistributedApplication? _app;
    private TelemetryApi? _telemetry;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The application has not been started.");

    public TelemetryApi Telemetry => _telemetry ?? throw new InvalidOperationException("The application has not been started.");

    /// <summary>Where a browser signs in to the Aspire dashboard.</summary>
    public Uri DashboardLogin { get; private set; } = new("about:blank");

    public async Task InitializeAsync()
    {
        var dashboard = $"http://localhost:{Ports.Free()}";
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--peers", "3", "--spare", "1"], (options, settings) =>
        {
            // Tests run without the dashboard unless they say otherwise; these look into it.
            options.DisableDashboard = false;
            settings.Configuration ??= new ConfigurationManager();
            settings.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ASPNETCORE_URLS"] = dashboard,
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{Ports.Free()}",
                ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{Ports.Free()}",
                ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                ["ASPIRE_DASHBOARD_API_ENABLED"] = "true",
                ["DcpPublisher:RandomizePorts"] = "false",
            });
        });
        _app = await builder.BuildAsync();
        var secrets = _app.Services.GetRequiredService<IConfiguration>();
        _telemetry = new TelemetryApi(new Uri(dashboard), secrets["AppHost:DashboardApiKey"]!);
        DashboardLogin = new Uri($"{dashboard}/login?t={secrets["AppHost:BrowserToken"]}");
        _watch = WatchStatesAsync(_app);
        using var startTime = new CancellationTokenSource(StartLimit, TimeProvider.System);
        await _app.StartAsync(startTime.Token);
        await HealthyAsync(StartLimit, "registry", "bootstrap", "testserver", "dashboard", "peer-1", "peer-2", "peer-3");
    }

    public async Task DisposeAsync()
    {
        _telemetry?.Dispose();
        await _stopping.CancelAsync();
        await _watch;
        _stopping.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    /// <summary>Waits until all of <paramref name="resources"/> are healthy, or fails with the states of those that are not.</summary>
    public Task HealthyAsync(params string[] resources) => HealthyAsync(Eventually.Limit, resources);

    private async Task HealthyAsync(TimeSpan limit, params string[] resources)
    {
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            await Task.WhenAll(resources.Select(r => App.ResourceNotifications.WaitForResourceHealthyAsync(r, WaitBehavior.WaitOnResourceUnavailable, deadline.Token)));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail($"Not healthy after {limit.TotalSeconds} s: {string.Join(", ", resources.Select(StateOf).Where(s => !s.EndsWith("Healthy", StringComparison.Ordinal)))}");
        }
    }

    /// <summary>Waits until <paramref name="resource"/> is in one of <paramref name="states"/>, and gives its exit code.</summary>
    public async Task<int?> ReachesAsync(string resource, params string[] states)
    {
        using var deadline = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        try
        {
            var reached = await App.ResourceNotifications.WaitForResourceAsync(
                resource, e => states.Contains(e.Snapshot.State?.Text), deadline.Token);
            return reached.Snapshot.ExitCode;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail($"{StateOf(resource)}; expected {string.Join(" or ", states)} within {Eventually.Limit.TotalSeconds} s");
            return null;
        }
    }

    /// <summary>Presses a command of a resource, as the dashboard does; gives what it shows.</summary>
    public async Task<string?> CommandAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var model = App.Services.GetRequiredService<DistributedApplicationModel>();
        using var deadline = new CancellationTokenSource(Eventually.Limit, TimeProvider.System);
        var result = await App.ResourceCommands.ExecuteCommandAsync(
            model.Resources.Single(r => r.Name == resource), command,
            new InteractionInputCollection([.. arguments.Select(a => new InteractionInput { Name = a.Name, Value = a.Value, InputType = InputType.Text })]), deadline.Token);
        Assert.True(result.Success, $"the command '{command}' of {resource} failed: {result.Message} {result.Data?.Value}");
        return result.Data?.Value;
    }

    /// <summary>The chat of a peer, over its gRPC endpoint.</summary>
    public PeerClient Peer(string resource) => new(resource, App.GetEndpoint(resource, "grpc"));

    private string StateOf(string resource) => $"{resource} {_states.GetValueOrDefault(resource, "unknown")}";

    private async Task WatchStatesAsync(DistributedApplication app)
    {
        try
        {
            await foreach (var e in app.ResourceNotifications.WatchAsync(_stopping.Token))
            {
                _states[e.Resource.Name] = $"{e.Snapshot.State?.Text} {e.Snapshot.HealthStatus}";
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The tests are over.
        }
    }
}

/// <summary>All tests share one running system: starting it is most of their cost.</summary>
[CollectionDefinition(Name)]
public sealed class RunningSystem : ICollectionFixture<SystemFixture>
{
    public const string Name = "running system";
}
