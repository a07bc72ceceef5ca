using ChittyChat.Membership;
using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>How the gossip runs, as the peer's options have it.</summary>
internal static class GossipSettings
{
    public static MembershipOptions Of(PeerOptions options)
    {
        var settings = options.Profile switch
        {
            GossipProfile.Local => MembershipOptions.Local(),
            GossipProfile.Wan => MembershipOptions.Wan(),
            _ => MembershipOptions.Lan(),
        };
        // memberlist's local preset is meant for a handful of nodes: what it sends twice misses some of ten, and the next full exchange is 15 s away.
        settings.RetransmitMultiplier = Math.Max(settings.RetransmitMultiplier, MembershipOptions.Lan().RetransmitMultiplier);
        (settings.Name, settings.BindAddress, settings.Port, settings.AdvertiseAddress) = (options.Name, options.Bind, options.GossipPort, options.Advertise);
        settings.SecretKeys = options.GossipKeys;
        return settings;
    }
}
