using System.Net;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentAnnotation(env => env[name] = value ?? ""));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentAnnotation(env => env[name] = endpointReference));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithArgs => builder.WithAnnotation(new ArgsAnnotation(args));

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentAnnotation(env =>
                env[$"ConnectionStrings__{connectionName ?? source.Resource.Name}"] = source.Resource.ConnectionStringExpression))
            .WithRelationship(source.Resource, "Reference");

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentAnnotation(env =>
            {
                foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>())
                {
                    var reference = new EndpointReference(source.Resource, endpoint.Name);
                    env[$"services__{source.Resource.Name}__{endpoint.Name}__0"] = reference;
                    env[$"{source.Resource.Name}_{endpoint.Name}".ToUpperInvariant().Replace('-', '_')] = reference;
                }
            }))
            .WithRelationship(source.Resource, "Reference");

    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, scheme: "http", name, env);

    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(name ?? scheme ?? "tcp", scheme ?? "tcp")
        {
            Port = port,
            TargetPort = targetPort,
            TargetPortEnvironmentVariable = env,
        };
        return builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(e => e.Name == endpoint.Name)
            ? throw new DistributedApplicationException($"'{builder.Resource.Name}' has two endpoints named '{endpoint.Name}'.")
            : builder.WithAnnotation(endpoint);
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder.WithAnnotation(new UrlAnnotation(endpointName, callback));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        var expected = (HttpStatusCode)(statusCode ?? 200);
        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{(int)expected}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            services => new HttpHealthCheck(services.GetRequiredService<IHttpClientFactory>(), endpoint, path ?? "/", expected),
            failureStatus: null,
            tags: null));
        return builder.WithHealthCheck(key);
    }

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource => builder.WithAnnotation(new HealthCheckAnnotation(key));

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport =>
        builder.WithAnnotation(new WaitAnnotation(dependency.Resource)).WithRelationship(dependency.Resource, "WaitFor");

    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.WithAnnotation(new ExplicitStartAnnotation());

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder.WithRelationship(parent.Resource, "Parent");

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResource resource, string type)
        where T : IResource => builder.WithAnnotation(new RelationshipAnnotation(resource, type));

    public static IResourceBuilder<T> WithInitialState<T>(this IResourceBuilder<T> builder, CustomResourceSnapshot initialSnapshot)
        where T : IResource => builder.WithAnnotation(new InitialStateAnnotation(initialSnapshot));

    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder,
        string name,
        string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        CommandOptions? commandOptions = null)
        where T : IResource => builder.WithAnnotation(new ResourceCommandAnnotation(name, displayName, executeCommand, commandOptions ?? new CommandOptions()));

    /// <summary>Start, stop and restart, each offered when it makes sense.</summary>
    internal static IResourceBuilder<T> WithLifecycleCommands<T>(this IResourceBuilder<T> builder) where T : IResource
    {
        return builder
            .WithCommand(KnownResourceCommands.StartCommand, "Start", StartAsync, new CommandOptions
            {
                IconName = "Play",
                IconVariant = IconVariant.Filled,
                IsHighlighted = true,
                UpdateState = context => IsStopped(context) ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
            })
            .WithCommand(KnownResourceCommands.StopCommand, "Stop", StopAsync, new CommandOptions
            {
                IconName = "Stop",
                IconVariant = IconVariant.Filled,
                IsHighlighted = true,
                UpdateState = context => IsRunning(context) ? ResourceCommandState.Enabled
                    : IsStopped(context) ? ResourceCommandState.Hidden : ResourceCommandState.Disabled,
            })
            .WithCommand(KnownResourceCommands.RestartCommand, "Restart", RestartAsync, new CommandOptions
            {
                IconName = "ArrowCounterclockwise",
                UpdateState = context => IsRunning(context) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            });

        async Task<ExecuteCommandResult> StartAsync(ExecuteCommandContext context)
        {
            await Orchestrator(context).StartResourceAsync(builder.Resource, context.CancellationToken);
            return CommandResults.Success($"{builder.Resource.Name} started.");
        }

        async Task<ExecuteCommandResult> StopAsync(ExecuteCommandContext context)
        {
            await Orchestrator(context).StopResourceAsync(builder.Resource, context.CancellationToken);
            return CommandResults.Success($"{builder.Resource.Name} stopped.");
        }

        async Task<ExecuteCommandResult> RestartAsync(ExecuteCommandContext context)
        {
            await StopAsync(context);
            await StartAsync(context);
            return CommandResults.Success($"{builder.Resource.Name} restarted.");
        }

        static ApplicationOrchestrator Orchestrator(ExecuteCommandContext context) => context.Services.GetRequiredService<ApplicationOrchestrator>();

        static bool IsRunning(UpdateCommandStateContext context) => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running;

        static bool IsStopped(UpdateCommandStateContext context) =>
            context.ResourceSnapshot.State?.Text == KnownResourceStates.NotStarted || ResourceNotificationService.IsTerminal(context.ResourceSnapshot);
    }

    private sealed class HttpHealthCheck(IHttpClientFactory clients, EndpointReference endpoint, string path, HttpStatusCode expected) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var url = endpoint.Url + path;
            try
            {
                using var client = clients.CreateClient();
                using var response = await client.GetAsync(new Uri(url), cancellationToken);
                return response.StatusCode == expected
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"{url} answered {(int)response.StatusCode}, not {(int)expected}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
            }
            catch (HttpRequestException e)
            {
                return HealthCheckResult.Unhealthy($"{url} does not answer.", e);
            }
        }
    }
}
