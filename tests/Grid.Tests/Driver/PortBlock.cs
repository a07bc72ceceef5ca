using System.Net;
using System.Net.Sockets;

namespace ChittyChat.Grid.Tests.Driver;

/// <summary>
/// Ports for one grid that nobody else has: a file lock keeps other drivers away, and an attempt to bind shows that no other program is there.
/// Below the range from which the system takes the ports of outgoing connections, as those would be in the way of a restart.
/// </summary>
internal sealed class PortBlock : IDisposable
{
    /// <summary>How many servers a block has ports for.</summary>
    public const int Servers = 16;

    private const int First = 10_000;
    private const int Last = 32_000;
    private const int Size = 2 * Servers;

    private readonly FileStream _lock;

    private PortBlock(int first, FileStream @lock) => (PeerPortBase, _lock) = (first, @lock);

    /// <summary>Server i's port for the others is this plus i.</summary>
    public int PeerPortBase { get; }

    /// <summary>The port of a server for the master.</summary>
    public int MasterPort(int id) => PeerPortBase + Servers + id;

    /// <summary>Takes a block; the search begins at a place of the caller's own.</summary>
    public static PortBlock Take()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "chitty-chat-grid-ports"));
        const int Blocks = (Last - First) / Size;
        for (var i = 0; i < Blocks; i++)
        {
            var first = First + (Environment.ProcessId + i) % Blocks * Size;
            if (TryLock(Path.Combine(directory.FullName, $"{first}.lock")) is { } @lock)
            {
                if (Enumerable.Range(first, Size).All(IsFree))
                {
                    return new PortBlock(first, @lock);
                }

                @lock.Dispose();
            }
        }

        throw new InvalidOperationException($"No {Size} free ports in a row from {First} to {Last}.");
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
