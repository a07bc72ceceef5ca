using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Membership.Net;

/// <summary>The addresses that a person or another program gives for joining.</summary>
internal static class SeedAddress
{
    private const int DefaultPort = 7946;

    /// <summary>Splits "host", "host:port", "[v6]:port", "v6" or any of them after "name/".</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static (string Host, int Port) Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new FormatException("An address is empty: write host:port.");
        }

        var address = text.AsSpan(text.IndexOf('/', StringComparison.Ordinal) + 1).Trim();
        if (IPAddress.TryParse(address, out var bare) && !address.StartsWith("["))
        {
            return (bare.ToString(), DefaultPort);
        }

        var host = address;
        var port = DefaultPort;
        var colon = address.LastIndexOf(':');
        if (colon >= 0 && address[^1] != ']')
        {
            host = address[..colon];
            if (!int.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > IPEndPoint.MaxPort)
            {
                throw new FormatException($"'{text}' has no valid port: write host:port with a port from 1 to {IPEndPoint.MaxPort}.");
            }
        }

        host = host.Trim("[]");
        return host.IsEmpty ? throw new FormatException($"'{text}' has no host: write host:port.") : (host.ToString(), port);
    }

    /// <summary>All addresses behind a text.</summary>
    /// <exception cref="FormatException">The text is not an address.</exception>
    /// <exception cref="SocketException">The name cannot be resolved.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        var (host, port) = Parse(text);
        return IPAddress.TryParse(host, out var address)
            ? [new IPEndPoint(address, port)]
            : [.. (await Dns.GetHostAddressesAsync(host, cancellationToken)).Select(a => new IPEndPoint(a, port))];
    }
}
