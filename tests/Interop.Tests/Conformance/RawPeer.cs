using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace ChittyChat.Interop.Tests.Conformance;

/// <summary>
/// A bare socket that speaks to a node: sends whatever bytes a test wants, and collects what comes back, message by message. As long as it
/// answers pings, a node that was told of it takes it for a member and gossips to it.
/// </summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const byte LabelType = 0xF4;
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly IPEndPoint _node;
    private readonly string _nodeName;
    private readonly Channel<(byte Type, Dictionary<string, object?> Fields)> _messages = Channel.CreateUnbounded<(byte, Dictionary<string, object?>)>();
    private readonly List<(byte Type, Dictionary<string, object?> Fields)> _seen = [];
    private readonly Task _receiving;
    private readonly TaskCompletionSource _anything = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _number = 1000;

    public RawPeer(IPEndPoint node, string nodeName)
    {
        _node = node;
        _nodeName = nodeName;
        _receiving = ReceiveAsync();
    }

    public int Port => ((IPEndPoint)_socket.Client.LocalEndPoint!).Port;

    /// <summary>Whether pings are answered.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>How many datagrams came, whether they can be read or not.</summary>
    public int Datagrams { get; private set; }

    /// <summary>What has been waited for or passed over so far, oldest first.</summary>
    public IReadOnlyList<(byte Type, Dictionary<string, object?> Fields)> Seen => _seen;

    /// <summary>Waits for a datagram that only those with the key can read.</summary>
    public async Task HearsAnythingAsync()
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await _anything.Task.WaitAsync(limit.Token);
    }

    public void Send(byte[] datagram) => _socket.Send(datagram, _node);

    /// <summary>Tells the node of this peer as of a member.</summary>
    public async Task IntroduceAsync(string name)
    {
        Send(RawMessage.AliveOf(name, 1, Port));
        await SeesAsync(RawMessage.Alive, name);
    }

    /// <summary>Waits for a message of this kind, about this node and with this incarnation, when given.</summary>
    public Task<Dictionary<string, object?>> SeesAsync(byte type, string node, uint? incarnation = null) => SeesAsync(
        type, f => Text(f, "Node") == node && (incarnation is null || (ulong)f["Incarnation"]! == incarnation), $"message {type} about {node} {incarnation}");

    public async Task<Dictionary<string, object?>> SeesAsync(byte type, Func<Dictionary<string, object?>, bool> fits, string what)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            try
            {
                var message = await _messages.Reader.ReadAsync(limit.Token);
                _seen.Add(message);
                if (message.Type == type && fits(message.Fields))
                {
                    return message.Fields;
                }
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Waited in vain for {what}; there came {string.Join(", ", _seen.Select(m => $"{m.Type} {Text(m.Fields, "Node")}"))}.");
            }
        }
    }

    /// <summary>Waits for the acknowledgement of a ping with this number.</summary>
    public Task<Dictionary<string, object?>> AckAsync(uint number) =>
        SeesAsync(RawMessage.Ack, f => (ulong)f["SeqNo"]! == number, $"an acknowledgement of {number}");

    /// <summary>Pings the node and waits for the answer: then it has taken in all that was sent before.</summary>
    public async Task SyncAsync()
    {
        Send(RawMessage.PingOf(_nodeName, ++_number));
        await AckAsync(_number);
    }

    /// <summary>Sends bytes on a new stream and gives all that comes back until the node closes it.</summary>
    public async Task<byte[]> RequestAsync(byte[] request)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var client = new TcpClient();
        await client.ConnectAsync(_node, limit.Token);
        var answer = new MemoryStream();
        try
        {
            await client.GetStream().WriteAsync(request, limit.Token);
            await client.GetStream().CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // Closed with bytes unread, which counts as a reset.
            return answer.ToArray();
        }

        return answer.ToArray();
    }

    public static string Text(Dictionary<string, object?> fields, string key) =>
        fields.GetValueOrDefault(key) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _receiving;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var datagram = await _socket.ReceiveAsync();
                Datagrams++;
                _anything.TrySetResult();
                if (datagram.Buffer[0] == LabelType)
                {
                    continue;
                }

                foreach (var message in RawMessage.Messages(datagram.Buffer))
                {
                    if (message.Type == RawMessage.Ping && Answers)
                    {
                        await _socket.SendAsync(RawMessage.Of(RawMessage.Ack, ("Payload", null), ("SeqNo", (uint)(ulong)message.Fields["SeqNo"]!)), datagram.RemoteEndPoint);
                    }

                    _messages.Writer.TryWrite(message);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _messages.Writer.TryComplete();
        }
    }
}
