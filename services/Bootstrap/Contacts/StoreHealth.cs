using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChittyChat.Bootstrap;

/// <summary>The service is healthy when the list can be read.</summary>
internal sealed class StoreHealth(IContactStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.ReadAsync(cancellationToken);
            return HealthCheckResult.Healthy($"The {store.Kind} store answers.");
        }
        catch (StoreUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
