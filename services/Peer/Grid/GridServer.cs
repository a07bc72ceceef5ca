using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace ChittyChat.Peer.Grid;

/// <summary>
/// The shell around <see cref="GridCore"/>: listens, connects, reads and writes. The core has one lock; under it bytes are queued and sockets closed,
/// but never written or waited for.
/// </summary>
internal sealed class GridServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly GridOptions _options;
    private readonly GridCore _core;
    private readonly GridTrace _trace;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Dictionary<GridLink, LinkConnection> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<GridExitCode> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _peers;
    private Socket? _masters;

    public GridServer(GridOptions options, GridTrace trace, TimeProvider time)
    {
        (_options, _trace, _time) = (options, trace, time);
        _core = new GridCore(options.Id, options.Size);
        _start = time.GetTimestamp();
    }

    /// <summary>What went wrong so far.</summary>
    public GridCounts Counts => _core.Counts;

    /// <summary>Opens both ports, and begins to look for the others.</summary>
    /// <exception cref="GridStartException">A port cannot be had.</exception>
    public async Task StartAsync()
    {
        _masters = await ListenAsync(_options.MasterPort, "the master's port");
        _peers = await ListenAsync(_options.PeerPortBase + _options.Id, "this server's own, the peer port base plus its id");
        Run(() => AcceptAsync(_peers));
        Run(TickAsync);
    }

    /// <summary>Serves the one master that there may be; the exit code, when the process is to end.</summary>
    public async Task<GridExitCode> ServeMasterAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var master = await _masters!.AcceptAsync(cancellationToken);
            // A second one would be told nothing, and wait.
            _masters.Dispose();
            master.NoDelay = true;
            var session = new MasterSession(master, this).RunAsync();
            var first = await Task.WhenAny(session, _failed.Task, Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken));
            return first == session ? await session : first == _failed.Task ? GridExitCode.Failed : GridExitCode.Ended;
        }
        catch (OperationCanceledException)
        {
            return GridExitCode.Ended;
        }
    }

    /// <inheritdoc cref="GridCore.Alive"/>
    public int[] Alive()
    {
        lock (_gate)
        {
            return [.. _core.Alive()];
        }
    }

    /// <inheritdoc cref="GridCore.Broadcast"/>
    public void Broadcast(ReadOnlySpan<byte> text)
    {
        lock (_gate)
        {
            Advance();
            _core.Broadcast(text);
            Act();
        }
    }

    /// <summary>How many messages the log has.</summary>
    public int LogLength()
    {
        lock (_gate)
        {
            return _core.Log.Count;
        }
    }

    /// <summary>Reads from the log; gives how many.</summary>
    public int ReadLog(int from, Span<GridMessage> into)
    {
        lock (_gate)
        {
            var count = Math.Min(into.Length, _core.Log.Count - from);
            for (var i = 0; i < count; i++)
            {
                into[i] = _core.Log[from + i];
            }

            return count;
        }
    }

    /// <inheritdoc cref="GridTrace.Tell"/>
    public void Tell(string text) => _trace.Tell(text);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _peers?.Dispose();
        _masters?.Dispose();
        lock (_gate)
        {
            foreach (var connection in _connections.Values)
            {
                connection.Dispose();
            }
        }

        _stopping.Dispose();
    }

    private async Task<Socket> ListenAsync(int port, string what)
    {
        try
        {
            return await Sockets.ListenAsync(port, _time);
        }
        catch (SocketException e)
        {
            throw new GridStartException($"Cannot listen on 127.0.0.1:{port} ({what}): {e.Message}");
        }
    }

    private void Advance() => _core.Advance(_time.GetElapsedTime(_start));

    // Under the lock. An action can lead to more of them.
    private void Act()
    {
        for (var i = 0; i < _core.Actions.Count; i++)
        {
            switch (_core.Actions[i])
            {
                case GridAction.Send(var link, var bytes) when _connections.TryGetValue(link, out var connection):
                    if (!connection.TrySend(bytes))
                    {
                        _core.Overflowed(link);
                    }

                    break;
                case GridAction.Close(var link) when _connections.Remove(link, out var connection):
                    connection.Dispose();
                    break;
                case GridAction.Dial(var peer):
                    Run(() => DialAsync(peer));
                    break;
                case GridAction.Tell(var text):
                    _trace.Tell(text);
                    break;
            }
        }

        _core.Actions.Clear();
    }

    // Nothing that runs in the background ends unseen.
    private void Run(Func<Task> work) => _ = Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            _trace.Tell($"unexpected error: {e}");
            _failed.TrySetResult(GridExitCode.Failed);
        }
    });

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(GridRules.Tick, _time);
        do
        {
            lock (_gate)
            {
                Advance();
                _core.Tick();
                Act();
            }
        }
        while (await timer.WaitForNextTickAsync(_stopping.Token));
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;
                Open(socket, dialled: null);
            }
            catch (SocketException e)
            {
                // The other end may be gone already; or this process has no more descriptors for now.
                _trace.Tell($"a connection could not be accepted: {e.Message}");
                await Task.Delay(AcceptRetry, _time, _stopping.Token);
            }
        }
    }

    private async Task DialAsync(int peer)
    {
        var socket = await Sockets.TryConnectAsync(_options.PeerPortBase + peer, _time);
        if (socket is not null)
        {
            Open(socket, peer);
            return;
        }

        lock (_gate)
        {
            Advance();
            _core.DialFailed(peer);
            Act();
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Disposed where the link ends.")]
    private void Open(Socket socket, int? dialled)
    {
        var connection = new LinkConnection(socket);
        GridLink link;
        lock (_gate)
        {
            Advance();
            link = _core.Opened(dialled);
            _connections.Add(link, connection);
            Act();
        }

        Run(() => ReadAsync(link, connection));
        Run(connection.WriteAsync);
    }

    private async Task ReadAsync(GridLink link, LinkConnection connection)
    {
        var reason = await connection.ReadAsync(received => Take(link, received));
        lock (_gate)
        {
            Advance();
            _core.Ended(link, reason);
            _connections.Remove(link);
            Act();
        }

        connection.Dispose();
    }

    private void Take(GridLink link, LineBuffer received)
    {
        lock (_gate)
        {
            Advance();
            while (received.TryTake(out var line))
            {
                _core.Received(link, line);
            }

            Act();
        }
    }
}
