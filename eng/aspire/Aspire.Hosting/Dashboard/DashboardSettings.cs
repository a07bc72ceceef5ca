using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Where the Aspire dashboard listens and what opens it, from the same configuration keys as with the real packages.</summary>
internal sealed class DashboardSettings
{
    public const string ResourceName = "aspire-dashboard";

    private const string PageKey = "ASPNETCORE_URLS";
    private const string OtlpKey = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    private const string ResourceServiceKey = "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL";

    private readonly IConfiguration _configuration;
    private readonly FreePorts _ports = new();
    private readonly List<(string Url, string Instead)> _moved = [];

    private DashboardSettings(IConfiguration configuration, bool isEnabled)
    {
        _configuration = configuration;
        IsEnabled = isEnabled;
        IsOpen = configuration.GetValue<bool>("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS");
        BrowserToken = configuration["AppHost:BrowserToken"] ?? NewKey();
        OtlpApiKey = configuration["AppHost:OtlpApiKey"] ?? NewKey();
        TelemetryApiKey = configuration["AppHost:DashboardApiKey"] ?? NewKey();
        if (isEnabled)
        {
            Url = Place(PageKey, 15888);
            OtlpUrl = Place(OtlpKey, 18889);
            ResourceServiceUrl = Place(ResourceServiceKey, 18890);
            TelemetryEnvironment = Telemetry();
        }
    }

    public bool IsEnabled { get; }

    public bool IsOpen { get; }

    public string? ApplicationName { get; private init; }

    public string Url { get; } = "";

    public string OtlpUrl { get; } = "";

    public string ResourceServiceUrl { get; } = "";

    public string BrowserToken { get; }

    public string OtlpApiKey { get; }

    public string TelemetryApiKey { get; }

    /// <summary>What the dashboard shows when it asks the AppHost for its resources.</summary>
    public string ResourceServiceApiKey { get; } = NewKey();

    /// <summary>Addresses that were taken, and those used instead.</summary>
    public IReadOnlyList<(string Url, string Instead)> Moved => _moved;

    /// <summary>What makes a .NET service send its telemetry to the dashboard; empty without a dashboard.</summary>
    public IReadOnlyDictionary<string, string> TelemetryEnvironment { get; } = new Dictionary<string, string>();

    public string LoginUrl => IsOpen ? Url : $"{Url}/login?t={BrowserToken}";

    public static DashboardSettings Read(IConfiguration configuration, DistributedApplicationOptions options) =>
        new(configuration, !options.DisableDashboard) { ApplicationName = options.DashboardApplicationName };

    /// <summary>The dashboard as a resource: hidden from itself, but started and ended like the others.</summary>
    public IResourceBuilder<ExecutableResource> AddTo(IDistributedApplicationBuilder builder, string path)
    {
        var dashboard = builder.AddResource(new ExecutableResource(ResourceName, path, Path.GetDirectoryName(path)!))
            .WithArgs("dashboard")
            .WithEndpoint(port: new Uri(Url).Port, scheme: "http", name: "http")
            .WithHttpHealthCheck("/login");
        foreach (var (name, value) in Environment())
        {
            dashboard.WithEnvironment(name, value);
        }

        return dashboard;
    }

    // The configured address if it is free, else (and in tests, which ask for it) a free one.
    private string Place(string key, int usualPort)
    {
        var configured = _configuration[key]?.Split(';')[0].TrimEnd('/') ?? $"http://localhost:{usualPort}";
        if (new Uri(configured) is not { Scheme: "http" } uri)
        {
            throw new DistributedApplicationException($"{key} is '{configured}'; the local hosting layer does http only.");
        }

        var url = configured;
        if (_configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
        {
            url = FreeUrl();
        }
        else if (!FreePorts.IsFree(uri.Port))
        {
            url = FreeUrl();
            _moved.Add((configured, url));
        }

        _configuration[key] = url;
        return url;

        string FreeUrl() => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{_ports.Take()}");
    }

    private Dictionary<string, string> Telemetry()
    {
        var telemetry = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = OtlpUrl,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={OtlpApiKey}",
        };
        if (string.Equals(_configuration["ENVIRONMENT"], "Development", StringComparison.OrdinalIgnoreCase))
        {
            // Everything, and at once: somebody is looking.
            telemetry["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            telemetry["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            telemetry["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            telemetry["OTEL_TRACES_SAMPLER"] = "always_on";
            telemetry["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
        }

        return telemetry;
    }

    private Dictionary<string, string> Environment()
    {
        var environment = _configuration.AsEnumerable()
            .Where(c => c.Value is not null && c.Key.StartsWith("ASPIRE_DASHBOARD_", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(c => c.Key, c => c.Value!);
        environment[PageKey] = Url;
        environment[OtlpKey] = OtlpUrl;
        environment[ResourceServiceKey] = ResourceServiceUrl;
        environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["Logging__LogLevel__Default"] = "Warning";
        environment["DASHBOARD__FRONTEND__AUTHMODE"] = IsOpen ? "Unsecured" : "BrowserToken";
        environment["DASHBOARD__FRONTEND__BROWSERTOKEN"] = BrowserToken;
        environment["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey";
        environment["DASHBOARD__OTLP__PRIMARYAPIKEY"] = OtlpApiKey;
        environment["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        environment["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = ResourceServiceApiKey;
        environment["DASHBOARD__API__ENABLED"] = "true";
        environment["DASHBOARD__API__AUTHMODE"] = "ApiKey";
        environment["DASHBOARD__API__PRIMARYAPIKEY"] = TelemetryApiKey;
        return environment;
    }

    private static string NewKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
