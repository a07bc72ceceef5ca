using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChittyChat.Grid.Tests.Driver;

/// <summary>What a master has of one server: the connection on which it commands.</summary>
internal sealed class MasterConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(2);

    private readonly Socket _socket;
    private readonly byte[] _chunk = new byte[64 * 1024];
    private byte[] _received = [];

    private MasterConnection(Socket socket) => _socket = socket;

    /// <summary>Connects as soon as the server listens.</summary>
    /// <param name="port">The master port.</param>
    /// <param name="status">Tells of the server when it does not come: what it has printed.</param>
    public static async Task<MasterConnection> OpenAsync(int port, Func<string> status)
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), timeout.Token);
                return new MasterConnection(socket);
            }
            catch (SocketException) when (!timeout.IsCancellationRequested)
            {
                socket.Dispose();
                await Task.Delay(Retry, TimeProvider.System);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                throw new TimeoutException($"Nobody listens on port {port}. The server printed:\n{status()}", e);
            }
        }
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Sends a command, in UTF-8 and with the end of the line.</summary>
    public Task SendAsync(string command) => SendAsync(Encoding.UTF8.GetBytes(command + "\n"));

    /// <summary>Sends a command, and waits for one line; without its end.</summary>
    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command);
        return Encoding.UTF8.GetString(await ReadLineAsync(command));
    }

    /// <summary>Waits for one line; without its end.</summary>
    /// <param name="what">What it answers, for the complaint when it does not come.</param>
    public async Task<byte[]> ReadLineAsync(string what)
    {
        using var timeout = new CancellationTokenSource(Patience, TimeProvider.System);
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            var end = _received.AsSpan().IndexOf((byte)'\n');
            line.Write(_received.AsSpan(0, end < 0 ? _received.Length : end));
            if (end >= 0)
            {
                _received = _received[(end + 1)..];
                return line.WrittenSpan.ToArray();
            }

            try
            {
                var count = await _socket.ReceiveAsync(_chunk, timeout.Token);
                _received = count > 0 ? _chunk[..count] : throw new EndOfStreamException($"The server has closed the connection instead of answering '{what}'.");
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"No answer to '{what}'; so far: {Encoding.UTF8.GetString(line.WrittenSpan)}", e);
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
