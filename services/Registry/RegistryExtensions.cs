using ChittyChat.Registry.Store;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ChittyChat.Registry;

internal static class RegistryExtensions
{
    /// <summary>Adds the registry: on Redis when <c>ConnectionStrings__redis</c> is configured, else in memory.</summary>
    /// <exception cref="InvalidOperationException">The connection string is malformed.</exception>
    public static WebApplicationBuilder AddRegistry(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<RegistryOptions>()
            .BindConfiguration(RegistryOptions.Section)
            .Validate(
                o => o.Lease >= RegistryOptions.ShortestLease && o.Lease <= RegistryOptions.LongestLease,
                "Registry__Lease must be from 00:00:01 to 01:00:00 (hours:minutes:seconds; a bare number means days).")
            .Validate(
                o => o.StoreTimeout >= RegistryOptions.ShortestStoreTimeout && o.StoreTimeout <= RegistryOptions.LongestStoreTimeout,
                "Registry__StoreTimeout must be from 00:00:00.1 to 00:00:30 (hours:minutes:seconds; a bare number means days).")
            .ValidateOnStart();

        builder.Services.AddSingleton<RegistryMetrics>();
        AddStore(builder);
        builder.Services.AddSingleton<ChangeFeed>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ChangeFeed>());
        builder.Services.AddSingleton<RegistryService>();
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<StoreFailureInterceptor>());
        builder.Services.AddHealthChecks().AddCheck<FeedHealthCheck>("store");
        return builder;
    }

    private static void AddStore(WebApplicationBuilder builder)
    {
        var redis = builder.Configuration.GetConnectionString("redis");
        if (string.IsNullOrWhiteSpace(redis))
        {
            builder.Services.AddSingleton<IMemberStore>(services =>
            {
                services.GetRequiredService<ILogger<MemoryMemberStore>>().MembersInMemory();
                return new MemoryMemberStore(services.GetRequiredService<TimeProvider>());
            });
            return;
        }

        var connection = RedisMemberStore.ParseConnectionString(redis);
        builder.Services.AddSingleton<IMemberStore>(services => new RedisMemberStore(
            connection,
            services.GetRequiredService<IOptions<RegistryOptions>>().Value.StoreTimeout,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<RegistryMetrics>()));
    }
}
