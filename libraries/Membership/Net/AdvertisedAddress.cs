using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ChittyChat.Membership.Net;

/// <summary>Which address to tell others.</summary>
internal static class AdvertisedAddress
{
    /// <exception cref="MembershipException">The node listens on all addresses and none of them is a private IPv4 address.</exception>
    public static IPEndPoint Choose(MembershipOptions options, IPEndPoint bound)
    {
        var address = options.AdvertiseAddress ?? bound.Address;
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            address = FirstPrivate() ?? throw new MembershipException(
                $"This machine has no private IPv4 address to advertise: set {nameof(MembershipOptions.AdvertiseAddress)}.");
        }

        return new IPEndPoint(address, options.AdvertisePort ?? bound.Port);
    }

    private static IPAddress? FirstPrivate() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(u => u.Address)
            .FirstOrDefault(IsPrivate);

    // RFC 6890: the private ranges, and the shared one of carriers.
    private static bool IsPrivate(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return address.AddressFamily == AddressFamily.InterNetwork && address.TryWriteBytes(bytes, out _) && bytes[0] switch
        {
            10 => true,
            100 => bytes[1] is >= 64 and <= 127,
            172 => bytes[1] is >= 16 and <= 31,
            192 => bytes[1] == 168,
            _ => false,
        };
    }
}
