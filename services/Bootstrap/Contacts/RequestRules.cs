using System.Globalization;
using System.Text;
using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap;

/// <summary>What a request must look like. Each check gives the errors by the name of the field; none means that it is acceptable.</summary>
internal static class RequestRules
{
    public const string TokenRule = "16 to 128 visible ASCII characters are expected.";

    private const int MaxHostLength = 253;

    public static bool IsToken(string token) =>
        token.Length is >= BootstrapLimits.MinTokenLength and <= BootstrapLimits.MaxTokenLength && token.All(c => c is > ' ' and <= '~');

    public static Dictionary<string, string[]> Check(BootstrapConfig config)
    {
        var errors = new Dictionary<string, string[]>();
        CheckRange(errors, "maxPeers", config.MaxPeers, 1, BootstrapLimits.MaxMaxPeers);
        CheckRange(errors, "minRefillCandidates", config.MinRefillCandidates, 0, BootstrapLimits.MaxMinRefillCandidates);
        CheckRange(errors, "leaseSeconds", config.LeaseSeconds, 1, BootstrapLimits.MaxLeaseSeconds);
        return errors;
    }

    public static Dictionary<string, string[]> Check(string id, JoinRequest request) => CheckPeer(id, request.Name, request.Address, request.UptimeSeconds);

    public static Dictionary<string, string[]> Check(RefillRequest request)
    {
        var errors = CheckPeer(request.Id, request.Name, request.Address, request.UptimeSeconds);
        CheckRange(errors, "members", request.Members, 1, int.MaxValue);
        return errors;
    }

    private static Dictionary<string, string[]> CheckPeer(string id, string name, string address, double uptimeSeconds)
    {
        var errors = new Dictionary<string, string[]>();
        if (id.Length is 0 or > BootstrapLimits.MaxIdLength || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') || id is "." or "..")
        {
            errors["id"] = [$"The id must be 1 to {BootstrapLimits.MaxIdLength} ASCII letters, digits, '.', '_' or '-'; it has {id.Length} characters."];
        }

        var length = name.EnumerateRunes().Count();
        if (length is 0 or > BootstrapLimits.MaxNameLength || string.IsNullOrWhiteSpace(name) || name.EnumerateRunes().Any(Rune.IsControl))
        {
            errors["name"] = [$"The name must be 1 to {BootstrapLimits.MaxNameLength} characters, not all of them blanks and none a control character; it has {length}."];
        }

        if (!IsAddress(address))
        {
            errors["address"] = ["The address must be host:port, for example 127.0.0.1:7946, [::1]:7946 or peer.example:7946, with a port from 1 to 65535."];
        }

        if (!double.IsFinite(uptimeSeconds) || uptimeSeconds < 0)
        {
            errors["uptimeSeconds"] = ["The uptime must be 0 or more seconds."];
        }

        return errors;
    }

    private static bool IsAddress(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return false;
        }

        var host = address[..colon];
        var kind = host.Length <= MaxHostLength ? Uri.CheckHostName(host) : UriHostNameType.Unknown;
        // Without brackets the port would look like a part of the address.
        return kind is UriHostNameType.Dns or UriHostNameType.IPv4 || (kind is UriHostNameType.IPv6 && host[0] == '[');
    }

    private static void CheckRange(Dictionary<string, string[]> errors, string field, int value, int least, int greatest)
    {
        if (value < least || value > greatest)
        {
            errors[field] = [string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; {least} to {greatest} is expected.")];
        }
    }
}
