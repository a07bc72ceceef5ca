using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Runs the health checks of a resource for as long as it runs.</summary>
internal sealed class ResourceHealth(HealthCheckService checks, ResourceNotificationService notifications)
{
    // Quick until the resource is there, since others wait for it; then seldom, since every question costs the one who is asked.
    private static readonly TimeSpan UntilFirstHealthy = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileUnhealthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

    public async Task WatchAsync(IResource resource, CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key).ToHashSet();
        if (keys.Count == 0)
        {
            return;
        }

        var pause = UntilFirstHealthy;
        HealthReportSnapshot[] last = [];
        while (true)
        {
            var reports = await CheckAsync(keys, cancellationToken);
            var isHealthy = reports.All(r => r.Status == HealthStatus.Healthy);
            if (isHealthy || !reports.SequenceEqual(last))
            {
                last = reports;
                var now = TimeProvider.System.GetUtcNow().UtcDateTime;
                await notifications.PublishUpdateAsync(resource, s => s with { HealthReports = [.. reports.Select(r => r with { LastRunAt = now })] });
            }

            if (isHealthy)
            {
                pause = WhileHealthy;
            }
            else if (pause != UntilFirstHealthy)
            {
                pause = WhileUnhealthy;
            }

            await Task.Delay(pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The reports of a resource whose checks have not run yet.</summary>
    public static IEnumerable<HealthReportSnapshot> Unknown(IResource resource) =>
        resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => new HealthReportSnapshot(a.Key, Status: null, Description: null, ExceptionText: null));

    private async Task<HealthReportSnapshot[]> CheckAsync(HashSet<string> keys, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswersWithin, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var report = await checks.CheckHealthAsync(r => keys.Contains(r.Name), stop.Token);
            return [.. report.Entries.Select(e =>
                new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.Message)).OrderBy(r => r.Name)];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [.. keys.Order().Select(key =>
                new HealthReportSnapshot(key, HealthStatus.Unhealthy, $"No answer within {AnswersWithin.TotalSeconds} s.", ExceptionText: null))];
        }
    }
}
