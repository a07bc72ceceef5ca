using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChittyChat.Registry;

/// <summary>Healthy when the feed has read the store just now, so that calls and watchers are really served.</summary>
internal sealed class FeedHealthCheck(ChangeFeed feed) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(feed.Refusal is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());
}
