namespace ChittyChat.AppHost;

/// <summary>What the services of this system have in common.</summary>
internal static class ServiceExtensions
{
    /// <summary>Adds a service with one HTTP endpoint, which is healthy once its <c>/health</c> says so.</summary>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var environment = builder.Environment.EnvironmentName;
        var assembly = BuiltAssembly(new TProject().ProjectPath);
        return builder.AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true)
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            // None speaks TLS: without this, the dashboard complains where no development certificate is trusted.
            .WithoutHttpsCertificate()
            // A launch profile would have said these.
            .WithEnvironment("DOTNET_ENVIRONMENT", environment)
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", environment)
            // Not by "dotnet run": building the AppHost has built the service, and a launcher beside each process takes 130 MB.
            .WithLaunchToolArgs(context => context.Args.Add(assembly), ownedByLaunchConfigurationType: "project", showInCommandLine: false);
    }

    /// <summary>Adds the endpoint for gRPC: without TLS, HTTP/2 needs a port of its own.</summary>
    public static IResourceBuilder<ProjectResource> WithGrpcEndpoint(this IResourceBuilder<ProjectResource> service) =>
        service.WithHttpEndpoint(name: "grpc", env: "GRPC_PORT")
            .WithUrlForEndpoint("grpc", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);

    /// <summary>Gives the service the system's Redis, or leaves it on its in-memory store when there is none.</summary>
    public static IResourceBuilder<ProjectResource> WithRedis(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString>? redis) =>
        redis is null ? service : service.WithReference(redis, connectionName: "redis").WaitFor(redis);

    /// <summary>Tells a service where the Aspire dashboard is, for links to traces and resources.</summary>
    public static IResourceBuilder<ProjectResource> WithLinksToAspireDashboard(this IResourceBuilder<ProjectResource> service) =>
        service.ApplicationBuilder.Configuration["ASPNETCORE_URLS"] is { Length: > 0 } urls
            ? service.WithEnvironment("AspireDashboard__Url", urls.Split(';')[0])
            : service;

    /// <summary>Says on the console where the service is, once it is healthy.</summary>
    public static IResourceBuilder<ProjectResource> AnnounceWhenReady(this IResourceBuilder<ProjectResource> service, string what) =>
        service.OnResourceReady((resource, _, _) =>
        {
            Console.WriteLine($"{what}: {resource.GetEndpoint("http").Url}");
            return Task.CompletedTask;
        });

    /// <summary>A command that only a running service can carry out.</summary>
    public static ResourceCommandState WhenRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    // Every project's output lies beside the others': …/bin/Peer/debug/ChittyChat.Peer.dll.
    private static string BuiltAssembly(string projectPath)
    {
        var project = Path.GetFileNameWithoutExtension(projectPath);
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"ChittyChat.{project}.dll");
    }
}
