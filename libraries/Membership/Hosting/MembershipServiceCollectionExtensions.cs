using ChittyChat.Membership;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Runs a node as part of a host.</summary>
public static class MembershipServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="MembershipNode"/> that starts with the host and leaves the cluster when the host stops. Bound to the section "Membership"
    /// of the configuration, then to <paramref name="configure"/>. Takes <see cref="TimeProvider"/> and <see cref="Random"/> from the services.
    /// </summary>
    public static IServiceCollection AddMembership(this IServiceCollection services, Action<MembershipOptions> configure) =>
        throw new NotImplementedException();
}
