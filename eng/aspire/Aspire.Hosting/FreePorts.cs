using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Aspire.Hosting;

/// <summary>
/// Chooses ports for what is started later. They are taken from below the ranges from which operating systems serve "any free port",
/// so that nobody gets one by accident between the choice and the start, or while a resource is stopped.
/// </summary>
internal sealed class FreePorts
{
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    private readonly HashSet<int> _given = [];
    private int _next = RandomNumberGenerator.GetInt32(Lowest, Highest);

    public int Take()
    {
        for (var tries = 0; tries < Highest - Lowest; tries++)
        {
            _next = _next + 1 < Highest ? _next + 1 : Lowest;
            if (IsFree(_next) && _given.Add(_next))
            {
                return _next;
            }
        }

        throw new DistributedApplicationException($"There is no free port between {Lowest} and {Highest}.");
    }

    public static bool IsFree(int port) => CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException e)
        {
            // A machine may support IPv6 and yet have no such address.
            return e.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
