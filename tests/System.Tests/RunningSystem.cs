using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ChittyChat.System.Tests;

/// <summary>The whole system under Aspire, with three peers and with the Aspire dashboard; started once for all tests of the collection.</summary>
public sealed partial class RunningSystem : IAsyncLifetime, IAsyncDisposable
{
    public const int Peers = 3;
    public const int Spare = 2;

    // Generous: two cores may be shared with other work, and everything starts at once.
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ChangesWithin = TimeSpan.FromMinutes(1);

    // The lines of the services are looked at by ErrorLines; of the AppHost itself no error is expected at all.
    private readonly ErrorLogs _logs = new ErrorLogs().Expect(".Resources.", "");
    private readonly List<(string Resource, string Part)> _expected = [];
    private IDistributedApplicationTestingBuilder? _builder;
    private DistributedApplication? _app;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The system has not been started.");

    /// <summary>The page of the Aspire dashboard.</summary>
    public Uri AspireDashboard { get; } = new($"http://localhost:{FreePort()}");

    /// <summary>Opens the page of the Aspire dashboard.</summary>
    public string BrowserToken { get; } = "browser-token-of-the-tests";

    /// <summary>Opens the telemetry API of the Aspire dashboard (header <c>x-api-key</c>).</summary>
    public string TelemetryKey { get; } = "telemetry-key-of-the-tests";

    /// <summary>
    /// What the services have logged as an error so far, or written to standard error, as "resource: line"; without what was expected.
    /// </summary>
    public IReadOnlyList<string> ErrorLines => [.. _logs.Lines.Select(line => ResourceLine().Match(Colours().Replace(line, "")))
        .Where(m => m.Success && (m.Groups["level"].Value == "Error" || ServiceError().IsMatch(m.Groups["text"].Value)))
        .Select(m => (Resource: m.Groups["resource"].Value, Text: m.Groups["text"].Value))
        .Where(line => !_expected.Exists(e => line.Resource == e.Resource && line.Text.Contains(e.Part, StringComparison.Ordinal)))
        .Select(line => $"{line.Resource}: {line.Text}")];

    public async Task InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartsWithin, TimeProvider.System);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--peers", $"{Peers}", "--spare", $"{Spare}"],
            (options, settings) =>
            {
                // Tests run without the dashboard unless they say otherwise; these look at what it received.
                options.DisableDashboard = false;
                settings.Configuration ??= new ConfigurationManager();
                settings.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["ASPNETCORE_URLS"] = AspireDashboard.GetLeftPart(UriPartial.Authority),
                    ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{FreePort()}",
                    ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{FreePort()}",
                    ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                    ["ASPIRE_DASHBOARD_API_ENABLED"] = "true",
                    ["DcpPublisher:RandomizePorts"] = "false",
                    ["AppHost:BrowserToken"] = BrowserToken,
                    ["AppHost:DashboardApiKey"] = TelemetryKey,
                });
            },
            timeout.Token);
        _builder.Services.AddLogging(logging => logging.AddProvider(_logs));
        _app = await _builder.BuildAsync(timeout.Token);
        try
        {
            await _app.StartAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"The system did not start within {StartsWithin}.{Environment.NewLine}{await DescribeAsync()}");
        }

        string[] expected = ["redis", "registry", "bootstrap", "dashboard", .. Enumerable.Range(1, Peers).Select(n => $"peer-{n}")];
        await Task.WhenAll(expected.Select(name => HealthyAsync(name, StartsWithin)));
    }

    /// <summary>Allows error lines of <paramref name="resource"/> that contain <paramref name="part"/>.</summary>
    public void ExpectErrors(string resource, string part) => _expected.Add((resource, part));

    /// <summary>Ends the system, and fails if a service logged an error that no test expected.</summary>
    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        if (_builder is not null)
        {
            await _builder.DisposeAsync();
        }

        _logs.Dispose();
        Assert.True(ErrorLines.Count == 0, $"Unexpected errors of services:{Environment.NewLine}{string.Join(Environment.NewLine, ErrorLines)}");
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    /// <summary>The resource with this name.</summary>
    public IResource Resource(string name) => App.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == name);

    /// <summary>Waits until the resource runs and all its health checks pass.</summary>
    public Task<ResourceEvent> HealthyAsync(string name) => HealthyAsync(name, ChangesWithin);

    /// <summary>Waits until the resource is in one of <paramref name="states"/>.</summary>
    public Task<ResourceEvent> InStateAsync(string name, params IReadOnlyList<string> states) =>
        WaitAsync(name, e => e.Snapshot.State is { } state && states.Contains(state.Text), string.Join(" or ", states), ChangesWithin);

    /// <summary>Waits until the resource runs, but a health check of it fails.</summary>
    public Task<ResourceEvent> UnhealthyAsync(string name) =>
        WaitAsync(name, e => e.Snapshot.HealthStatus == HealthStatus.Unhealthy, "unhealthy", ChangesWithin);

    /// <summary>Gives a command to a resource, and fails unless it succeeds.</summary>
    public async Task CommandAsync(string name, string command)
    {
        using var timeout = new CancellationTokenSource(ChangesWithin, TimeProvider.System);
        var result = await App.ResourceCommands.ExecuteCommandAsync(Resource(name), command, timeout.Token);
        Assert.True(result.Success, $"'{command}' on '{name}' failed: {result.Message}");
    }

    /// <summary>Asks again and again, for what cannot tell by itself when it has changed; fails with the last answer.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isEnough, string expected)
    {
        using var timeout = new CancellationTokenSource(ChangesWithin, TimeProvider.System);
        while (true)
        {
            var answer = await ask();
            if (isEnough(answer))
            {
                return answer;
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"There was no {expected} within {ChangesWithin}; the last answer was: {answer}");
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<ResourceEvent> HealthyAsync(string name, TimeSpan within) =>
        WaitAsync(name, e => e.Snapshot.HealthStatus == HealthStatus.Healthy, "healthy", within);

    private async Task<ResourceEvent> WaitAsync(string name, Func<ResourceEvent, bool> predicate, string expected, TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within, TimeProvider.System);
        try
        {
            return await App.ResourceNotifications.WaitForResourceAsync(name, predicate, timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"'{name}' was not {expected} within {within}.{Environment.NewLine}{await DescribeAsync()}");
        }
    }

    // Every resource with its state, and what the services complained about.
    private async Task<string> DescribeAsync()
    {
        var text = new List<string>();
        foreach (var resource in App.Services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            text.Add($"  {resource.Name}: {await StateAsync(resource)}");
        }

        return string.Join(Environment.NewLine, [.. text, "Errors:", .. ErrorLines.TakeLast(50).Select(line => $"  {line}")]);
    }

    private async Task<string> StateAsync(IResource resource)
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);
        try
        {
            // Any state will do: the present one.
            var last = (await App.ResourceNotifications.WaitForResourceAsync(resource.Name, _ => true, now.Token)).Snapshot;
            var failing = last.HealthReports.Where(r => r.Status != HealthStatus.Healthy).Select(r => $"{r.Name}: {r.Description ?? "no answer yet"}");
            return $"{last.State?.Text}, {last.HealthStatus?.ToString() ?? "no health"} {string.Join("; ", failing)}";
        }
        catch (OperationCanceledException)
        {
            return "no state";
        }
    }

    // "Information ChittyChat.AppHost.Resources.peer-1: 17: fail: ChittyChat.Peer.Chat[3]"
    [GeneratedRegex(@"^(?<level>\w+) \S*\.Resources\.(?<resource>[^:]+): (?:\d+: )?(?<text>.*)$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex ResourceLine();

    // The console logger's names of the levels Error and Critical.
    [GeneratedRegex(@"(^|\s)(fail|crit): ", RegexOptions.ExplicitCapture)]
    private static partial Regex ServiceError();

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();
}

[CollectionDefinition(Name)]
public sealed class SystemUnderTest : ICollectionFixture<RunningSystem>
{
    public const string Name = "system";
}
