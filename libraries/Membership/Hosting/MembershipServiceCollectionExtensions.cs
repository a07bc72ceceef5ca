using ChittyChat.Membership;
using ChittyChat.Membership.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Runs a node as part of a host.</summary>
public static class MembershipServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="MembershipNode"/> that starts with the host, and leaves the cluster when the host stops. The services have to
    /// provide a <see cref="Random"/> that nobody else uses; a <see cref="TimeProvider"/> and logging are optional.
    /// </summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="configure">Sets the options; at least the name.</param>
    /// <param name="seeds">The addresses to join at the start; null: none. A failure to join ends the start of the host.</param>
    public static IServiceCollection AddMembership(
        this IServiceCollection services, Action<MembershipOptions> configure, IReadOnlyList<string>? seeds = null)
    {
        services.AddOptions<MembershipOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MembershipOptions>, MembershipOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MembershipService>(provider, seeds ?? []));
        services.AddHostedService(provider => provider.GetRequiredService<MembershipService>());
        services.AddSingleton(provider => provider.GetRequiredService<MembershipService>().Node);
        return services;
    }
}
