using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChittyChat.Grid.Tests;

/// <summary>
/// A server that behaves between servers as the Go implementation does, faults included: the higher id dials; it looks for missing links every second;
/// pings every 500 ms; a dialled server is up at once; a link dies after a second without a line; a second link from a server that it believes up is the end
/// of it, and so is a line without a space; and what handled a link that the other end has closed looks up once more a second later, and forgets
/// whatever link of that id there is by then.
/// </summary>
internal sealed class GoLikePeer : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(500);

    private readonly int _id;
    private readonly int _portBase;
    private readonly Lock _gate = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<int, Socket> _up = [];
    private readonly List<string> _received = [];
    private readonly List<Task> _tasks = [];
    private string? _died;

    public GoLikePeer(int id, int portBase)
    {
        (_id, _portBase) = (id, portBase);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, portBase + id));
        _listener.Listen();
        Run(AcceptAsync);
        Run(DialAsync);
    }

    /// <summary>What has ended it; null while it lives.</summary>
    public string? Died
    {
        get
        {
            lock (_gate)
            {
                return _died;
            }
        }
    }

    /// <summary>The messages of others, in the order in which they came, and the ids that are up: one text, for comparison.</summary>
    public string State
    {
        get
        {
            lock (_gate)
            {
                return $"up {string.Join(',', _up.Keys.Order())}; got {string.Join(',', _received)}" + (_died is null ? "" : $"; died: {_died}");
            }
        }
    }

    public async Task BroadcastAsync(string text)
    {
        Socket[] links;
        lock (_gate)
        {
            links = [.. _up.Values];
        }

        foreach (var link in links)
        {
            await link.SendAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"msg {_id} {text}\n")));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        Task[] tasks;
        lock (_gate)
        {
            tasks = [.. _tasks];
        }

        await Task.WhenAll(tasks);
        _stopping.Dispose();
    }

    private void Run(Func<Task> work)
    {
        lock (_gate)
        {
            _tasks.Add(Task.Run(async () =>
            {
                try
                {
                    await work();
                }
                catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
                {
                    // The end of a link, or of the test.
                }
            }));
        }
    }

    private void Die(string reason)
    {
        lock (_gate)
        {
            _died ??= reason;
        }

        _stopping.Cancel();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptAsync(_stopping.Token);
            Run(() => HandleAsync(socket, null));
        }
    }

    private async Task DialAsync()
    {
        while (true)
        {
            for (var lower = 0; lower < _id; lower++)
            {
                lock (_gate)
                {
                    if (_up.ContainsKey(lower))
                    {
                        continue;
                    }
                }

                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _portBase + lower), _stopping.Token);
                    lock (_gate)
                    {
                        _up.Add(lower, socket);
                    }

                    var dialled = lower;
                    Run(() => HandleAsync(socket, dialled));
                }
                catch (SocketException)
                {
                    socket.Dispose();
                }
            }

            await Task.Delay(Second, TimeProvider.System, _stopping.Token);
        }
    }

    private async Task HandleAsync(Socket socket, int? peer)
    {
        using var link = socket;
        Run(() => PingAsync(link));
        var pending = new StringBuilder();
        var buffer = new byte[64 * 1024];
        var isClosedByOther = false;
        try
        {
            while (!isClosedByOther)
            {
                using var silence = new CancellationTokenSource(Second, TimeProvider.System);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, _stopping.Token);
                var count = await link.ReceiveAsync(buffer, either.Token);
                isClosedByOther = count == 0;
                pending.Append(Encoding.Latin1.GetString(buffer, 0, count));
                var lines = pending.ToString().Split('\n');
                pending.Clear().Append(lines[^1]);
                foreach (var line in lines[..^1])
                {
                    peer = Take(link, peer, line);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Silence, or the end of the test.
        }
        catch (SocketException)
        {
            isClosedByOther = true;
        }

        link.Dispose();
        Forget(peer);
        if (isClosedByOther)
        {
            await Task.Delay(Second, TimeProvider.System, _stopping.Token);
            Forget(peer);
        }
    }

    private int? Take(Socket link, int? peer, string line)
    {
        var parts = line.Split(' ', 3);
        if (parts.Length < 2 || (parts[0] == "msg" && parts.Length < 3))
        {
            Die($"panic at the line '{line}'");
            return peer;
        }

        lock (_gate)
        {
            switch (parts[0])
            {
                case "msg":
                    _received.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(parts[2])));
                    break;
                case "ping" when peer is null:
                    peer = int.Parse(parts[1], CultureInfo.InvariantCulture);
                    if (!_up.TryAdd(peer.Value, link))
                    {
                        Die($"Link to {peer} already established!");
                    }

                    break;
            }
        }

        return peer;
    }

    private void Forget(int? peer)
    {
        lock (_gate)
        {
            if (peer is { } known)
            {
                _up.Remove(known);
            }
        }
    }

    private async Task PingAsync(Socket link)
    {
        while (true)
        {
            await link.SendAsync(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ping {_id}\n")), _stopping.Token);
            await Task.Delay(PingInterval, TimeProvider.System, _stopping.Token);
        }
    }
}
