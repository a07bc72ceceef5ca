using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }

    public string? DashboardApplicationName { get; set; }

    public bool EnableResourceLogging { get; set; }
}

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    string AppHostDirectory { get; }

    Assembly? AppHostAssembly { get; }

    IHostEnvironment Environment { get; }

    IServiceCollection Services { get; }

    IResourceCollection Resources { get; }

    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

    DistributedApplication Build();
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly EntryPointRun? _run = EntryPointRun.Current;
    private readonly DashboardSettings _dashboard;
    private readonly string _dashboardPath;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        _run?.Configure(options, settings);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        var appHost = new AppHostAssemblyMetadata(AppHostAssembly);
        settings.ContentRootPath ??= appHost.ProjectDirectory;
        _host = new HostApplicationBuilder(settings);
        AppHostDirectory = appHost.ProjectDirectory;
        _dashboardPath = appHost.DashboardPath;

        _dashboard = DashboardSettings.Read(Configuration, options);

        // What goes on inside is said only when it goes wrong; a failing health check is shown at its resource.
        _host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        _host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        _host.Logging.AddFilter("Grpc", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        Services.AddHealthChecks();
        Services.AddHttpClient();
        Services.AddSingleton(appHost);
        Services.AddSingleton(options);
        Services.AddSingleton(_dashboard);
        Services.AddSingleton<IResourceCollection>(Resources);
        Services.AddSingleton<DistributedApplicationModel>();
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton<ResourceCommandService>();
        Services.AddSingleton<ResourceHealth>();
        Services.AddSingleton<ApplicationOrchestrator>();
        Services.AddHostedService<ApplicationHost>();
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.Any(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"There are two resources named '{resource.Name}'.");
        }

        resource.Annotations.Add(new InstanceAnnotation(resource.Name));
        Resources.Add(resource);
        var builder = CreateResourceBuilder(resource);
        return resource is ProjectResource or ExecutableResource or ContainerResource ? builder.WithLifecycleCommands() : builder;
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _run?.WaitForBuild(this);
        if (_dashboard.IsEnabled)
        {
            _dashboard.AddTo(this, _dashboardPath);
        }

        // Not disposed here: it is the application.
        var app = new DistributedApplication(_host.Build(), _run);
        _run?.SetApplication(app);
        return app;
    }
}

/// <summary>What the build wrote into the AppHost's assembly (eng/aspire/Aspire.targets), under the real package's names.</summary>
internal sealed class AppHostAssemblyMetadata(Assembly? assembly)
{
    public string ProjectDirectory { get; } = Read(assembly, "apphostprojectpath");

    public string DcpPath { get; } = Read(assembly, "dcpclipath");

    public string DashboardPath { get; } = Read(assembly, "aspiredashboardpath");

    private static string Read(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == key)?.Value
        ?? throw new DistributedApplicationException($"The assembly '{assembly?.GetName().Name}' has no metadata '{key}'; it was not built as an AppHost.");
}
