using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChittyChat.AppHost;

/// <summary>The machine's own redis-server, for where no container engine answers. Keeps nothing on disk.</summary>
internal sealed class LocalRedisResource(string name, string workingDirectory, string password)
    : ExecutableResource(name, "sh", workingDirectory), IResourceWithConnectionString
{
    // The configuration comes through standard input, so that the password is on nobody's list of processes.
    public const string Script = """
        exec redis-server - --port "$REDIS_PORT" --bind 127.0.0.1 --save "" --appendonly no <<END
        requirepass $REDIS_PASSWORD
        END
        """;

    private EndpointReference? _endpoint;

    public EndpointReference Endpoint => _endpoint ??= new EndpointReference(this, "tcp");

    public string Password => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={password}");
}

internal static class LocalRedisExtensions
{
    /// <summary>Adds a redis-server on a free port, with a password of its own.</summary>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var redis = new LocalRedisResource(name, builder.AppHostDirectory, ControlTokens.Create());
        var check = $"{name}_ping";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(check, _ => new RedisPing(redis), failureStatus: null, tags: null));
        return builder.AddResource(redis)
            .WithArgs("-c", LocalRedisResource.Script)
            .WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT")
            .WithEnvironment("REDIS_PASSWORD", redis.Password)
            .WithHealthCheck(check);
    }

    // Asks in Redis' own words (RESP), which is less than a client library.
    private sealed class RedisPing(LocalRedisResource redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(redis.Endpoint.Host, redis.Endpoint.Port, cancellationToken);
                await using var stream = client.GetStream();
                var request = string.Create(CultureInfo.InvariantCulture, $"AUTH {redis.Password}\r\nPING\r\n");
                await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
                using var reader = new StreamReader(stream, Encoding.ASCII);
                var (auth, ping) = (await reader.ReadLineAsync(cancellationToken), await reader.ReadLineAsync(cancellationToken));
                return (auth, ping) is ("+OK", "+PONG")
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"redis-server answered '{auth ?? "nothing"}', '{ping ?? "nothing"}'.");
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                return HealthCheckResult.Unhealthy("redis-server does not answer.", e);
            }
        }
    }
}
