using ChittyChat.Membership;
using ChittyChat.Membership.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Runs a node as part of a host.</summary>
public static class MembershipServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="MembershipNode"/> that starts with the host, and leaves the cluster when the host stops. It uses the
    /// <see cref="TimeProvider"/> and the logging of the services, if there are any.
    /// </summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="configure">Sets the options; at least the name.</param>
    /// <param name="seeds">The addresses to join at the start; null: none. A failure to join ends the start of the host.</param>
    /// <exception cref="InvalidOperationException">There is one already: a host has one node.</exception>
    public static IServiceCollection AddMembership(
        this IServiceCollection services, Action<MembershipOptions> configure, IReadOnlyList<string>? seeds = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(s => s.ServiceType == typeof(MembershipService)))
        {
            throw new InvalidOperationException($"{nameof(AddMembership)} was called before: a host has one node. Start others with {nameof(MembershipNode)}.{nameof(MembershipNode.StartAsync)}.");
        }

        services.AddOptions<MembershipOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MembershipOptions>, MembershipOptionsValidator>();
        services.AddSingleton(provider => new MembershipService(
            provider.GetRequiredService<IOptions<MembershipOptions>>(), provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>(), [.. seeds ?? []]));
        services.AddHostedService(provider => provider.GetRequiredService<MembershipService>());
        services.AddSingleton(provider => provider.GetRequiredService<MembershipService>().Node);
        return services;
    }
}
