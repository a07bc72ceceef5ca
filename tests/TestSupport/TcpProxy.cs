using System.Net;
using System.Net.Sockets;

namespace ChittyChat.TestSupport;

/// <summary>
/// Stands between two peers on loopback and does to their connections what networks do: cuts them, at any byte, or lets them stand still.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly List<Task> _pumps = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _stalled;
    private long _cutAfter = long.MaxValue;
    private bool _refusing;

    /// <summary>Forwards to a port of 127.0.0.1.</summary>
    public TcpProxy(int targetPort)
    {
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The address to dial instead of the target's.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How many connections have been accepted.</summary>
    public int Connections { get; private set; }

    /// <summary>Cuts all connections there are, without a goodbye.</summary>
    public void Cut()
    {
        Socket[] sockets;
        lock (_gate)
        {
            sockets = [.. _sockets];
            _sockets.Clear();
        }

        foreach (var socket in sockets)
        {
            try
            {
                // A reset, not an orderly end.
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The other side was quicker.
            }
        }
    }

    /// <summary>Cuts everything once so many more bytes have been forwarded (in both directions together).</summary>
    public void CutAfter(long bytes)
    {
        lock (_gate)
        {
            _cutAfter = bytes;
        }
    }

    /// <summary>Forwards nothing until <see cref="Resume"/>: buffers fill, as when the receiver's process is stopped.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            _stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Forwards again.</summary>
    public void Resume()
    {
        TaskCompletionSource? stalled;
        lock (_gate)
        {
            stalled = _stalled;
            _stalled = null;
        }

        stalled?.SetResult();
    }

    /// <summary>Whether new connections are closed at once.</summary>
    public void Refuse(bool refusing)
    {
        lock (_gate)
        {
            _refusing = refusing;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Resume();
        Cut();
        await _accepting;
        await Task.WhenAll(_pumps);
        _stopping.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket? inner = null;
            try
            {
                inner = await _listener.AcceptSocketAsync(_stopping.Token);
                inner.NoDelay = true;
                var outer = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await outer.ConnectAsync(_target, _stopping.Token);
                lock (_gate)
                {
                    if (_refusing)
                    {
                        inner.Close();
                        outer.Close();
                        continue;
                    }

                    Connections++;
                    _sockets.Add(inner);
                    _sockets.Add(outer);
                    _pumps.Add(PumpAsync(inner, outer));
                    _pumps.Add(PumpAsync(outer, inner));
                }
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                inner?.Close();
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer);
                if (read == 0)
                {
                    break;
                }

                await WhileStalledAsync();
                await to.SendAsync(buffer.AsMemory(0, Allowed(read)));
            }
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // Cut, from one side or by us.
        }

        lock (_gate)
        {
            _sockets.Remove(from);
            _sockets.Remove(to);
        }

        from.Close();
        to.Close();
    }

    private async Task WhileStalledAsync()
    {
        while (true)
        {
            Task? stalled;
            lock (_gate)
            {
                stalled = _stalled?.Task;
            }

            if (stalled is null)
            {
                return;
            }

            await stalled;
        }
    }

    private int Allowed(int read)
    {
        bool cut;
        long allowed;
        lock (_gate)
        {
            allowed = Math.Min(read, _cutAfter);
            cut = allowed < read;
            _cutAfter = cut ? long.MaxValue : _cutAfter == long.MaxValue ? _cutAfter : _cutAfter - allowed;
        }

        if (cut)
        {
            Cut();
        }

        return (int)allowed;
    }
}
