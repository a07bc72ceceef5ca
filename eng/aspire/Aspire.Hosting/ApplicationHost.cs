using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>The application as a service of its host: everything starts and stops with it.</summary>
internal sealed class ApplicationHost(
    AppHostAssemblyMetadata appHost,
    DistributedApplicationOptions options,
    DistributedApplicationModel model,
    DashboardSettings dashboard,
    ApplicationOrchestrator orchestrator,
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ResourceLoggerService loggers,
    IHostEnvironment environment,
    ILoggerFactory loggerFactory,
    ILogger<DistributedApplication> logger) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _background = [];
    private ResourceServiceHost? _resourceService;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Log.Starting(logger);
        Log.AppHostDirectory(logger, appHost.ProjectDirectory);
        foreach (var (url, instead) in dashboard.Moved)
        {
            Log.PortTaken(logger, url, instead);
        }

        await orchestrator.PrepareAsync();
        var dcp = DcpClient.StartAsync(appHost.DcpPath, cancellationToken);
        if (dashboard.IsEnabled)
        {
            var application = (dashboard.ApplicationName ?? environment.ApplicationName).Replace(".AppHost", "", StringComparison.OrdinalIgnoreCase);
            _resourceService = await ResourceServiceHost.StartAsync(dashboard, new DashboardService(application, model, notifications, commands, loggers, _stopping.Token), cancellationToken);
            _background.Add(SayWhereDashboardIsAsync());
        }

        if (options.EnableResourceLogging)
        {
            _background.AddRange(model.Resources.Where(r => r.Name != DashboardSettings.ResourceName).Select(ForwardLinesAsync));
        }

        await orchestrator.StartAsync(await dcp, cancellationToken);
        Log.Started(logger);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await orchestrator.StopAsync();
        if (_resourceService is not null)
        {
            await _resourceService.DisposeAsync();
        }

        await Task.WhenAll(_background).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SayWhereDashboardIsAsync()
    {
        var seen = await notifications.WaitForResourceAsync(
            DashboardSettings.ResourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || ResourceNotificationService.IsTerminal(e.Snapshot),
            _stopping.Token);
        if (!ResourceNotificationService.IsTerminal(seen.Snapshot))
        {
            Log.DashboardLogin(logger, dashboard.LoginUrl);
            seen = await notifications.WaitForResourceAsync(
                DashboardSettings.ResourceName, e => ResourceNotificationService.IsTerminal(e.Snapshot), _stopping.Token);
        }

        Log.DashboardEnded(logger, seen.Snapshot.ExitCode, await OutputOfAsync(seen.Resource));
    }

    private async Task<string> OutputOfAsync(IResource resource)
    {
        await foreach (var lines in loggers.GetAllAsync(resource))
        {
            return string.Join(Environment.NewLine, lines.TakeLast(20).Select(l => l.Content));
        }

        return "It wrote nothing.";
    }

    // For tests: the consoles of all resources in the log of the test.
    private async Task ForwardLinesAsync(IResource resource)
    {
        var log = loggerFactory.CreateLogger($"{environment.ApplicationName}.Resources.{resource.Name}");
        await foreach (var lines in loggers.WatchAsync(resource).WithCancellation(_stopping.Token))
        {
            foreach (var line in lines)
            {
                if (line.IsErrorMessage)
                {
                    Log.ResourceErrorLine(log, line.LineNumber, line.Content);
                }
                else
                {
                    Log.ResourceLine(log, line.LineNumber, line.Content);
                }
            }
        }
    }
}
