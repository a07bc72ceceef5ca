using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Redis in a container, with a generated password.</summary>
    public class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
    {
        internal string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

        internal EndpointReference Endpoint => new(this, "tcp");

        public ReferenceExpression ConnectionStringExpression =>
            ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={Password}");
    }
}

namespace Aspire.Hosting
{
    public static class RedisBuilderExtensions
    {
        public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null)
        {
            var redis = new RedisResource(name) { Image = "docker.io/library/redis:8.2", Entrypoint = "/bin/sh" };
            var check = $"{name}_check";
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                check, _ => new TcpHealthCheck(redis.Endpoint), failureStatus: null, tags: null));
            return builder.AddResource(redis)
                .WithEndpoint(port, targetPort: 6379, scheme: "tcp", name: "tcp")
                .WithEnvironment("REDIS_PASSWORD", redis.Password)
                .WithArgs("-c", "redis-server --requirepass $REDIS_PASSWORD")
                .WithHealthCheck(check);
        }

        // Any answer to PING will do, also that a password is needed: it is Redis that speaks.
        private sealed class TcpHealthCheck(EndpointReference endpoint) : IHealthCheck
        {
            public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            {
                try
                {
                    using var client = new System.Net.Sockets.TcpClient();
                    await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
                    await using var stream = client.GetStream();
                    await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
                    return await stream.ReadAsync(new byte[1], cancellationToken) == 1
                        ? HealthCheckResult.Healthy()
                        : HealthCheckResult.Unhealthy("Redis does not answer yet.");
                }
                catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
                {
                    return HealthCheckResult.Unhealthy("Redis cannot be reached.", e);
                }
            }
        }
    }
}
