using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ChittyChat.TestSupport;

/// <summary>
/// Ports for servers that are stopped and started again at the same address, or that have to be told their port beforehand.
/// Everybody else binds port 0.
/// </summary>
public static class Ports
{
    // Below the ports that systems give to those who ask for any, outgoing connections among them: while the server is away,
    // nobody is given its port by chance. (A client that keeps dialling it could even be connected to itself.)
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int _next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>A port of 127.0.0.1 where nobody listens, which no other test of this process gets.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
