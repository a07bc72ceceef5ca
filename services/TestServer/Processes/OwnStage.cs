using System.Collections.Concurrent;
using System.Globalization;
using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Attendance;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Processes;

/// <summary>A stage of processes that the coordinator starts: peers in a cluster of their own, and the services that the script declares.</summary>
internal sealed class OwnStage : IStage, IAttendanceSink
{
    // What a peer says of a port that it cannot have.
    private const int PortTaken = 4;
    private const int PortAttempts = 3;

    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(5);

    private readonly Script _script;
    private readonly AttendanceHub _hub;
    private readonly RunRecord _record;
    private readonly OwnStageOptions _options;
    private readonly TimeProvider _time;
    private readonly OwnServices _services;
    private readonly ConcurrentDictionary<string, OwnPeer> _peers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, OwnPeer> _processes = new();
    private readonly ConcurrentQueue<Task> _watches = new();
    private volatile bool _isEnding;

    public OwnStage(Script script, AttendanceHub hub, RunRecord record, OwnStageOptions options, TimeProvider time)
    {
        (_script, _hub, _record, _options, _time) = (script, hub, record, options, time);
        _services = new OwnServices(script.Services, options, Watch, time);
    }

    public string NameOf(string peer) => peer;

    public void Take() => _hub.Claim(this, peer => _processes.TryGetValue(peer.Process, out var own) && own.Name == peer.Name);

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.StartTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _services.StartAllAsync(linked.Token);
            // The first is whom the others contact.
            await StartAsync(_script.Peers[0], samePorts: false, linked.Token);
            await Task.WhenAll(_script.Peers.Skip(1).Select(peer => StartAsync(peer, samePorts: false, linked.Token)));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            string[] missing = [.. _script.Peers.Where(peer => !_peers.TryGetValue(peer, out var own) || own.Attending is null)];
            throw new StageException($"Not ready within {Durations.Text(_options.StartTimeout)}: {(missing.Length == 0 ? "the services" : string.Join(", ", missing))}. Their output is in {_options.Directory}.");
        }
    }

    public Task<LineAnswer> ExecuteAsync(string peer, string line, CancellationToken cancellationToken)
    {
        if (!_peers.TryGetValue(peer, out var own) || own.Attending is not { } attending)
        {
            return Task.FromResult(LineAnswer.Refused($"{peer} is not there"));
        }

        if (AttendingPeer.EndsProcess(line))
        {
            own.MayEnd(AttendingPeer.HowEnds(line));
        }

        return attending.ExecuteAsync(line, cancellationToken);
    }

    public async Task ActAsync(string peer, ProcessAction action, bool samePorts, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case ProcessAction.Start:
                await StartAsync(peer, samePorts, cancellationToken);
                break;
            case ProcessAction.Restart:
                if (_peers.TryGetValue(peer, out var former) && former is { Expected: null, Process.HasExited: false })
                {
                    await LeaveAsync(former, cancellationToken);
                }

                await StartAsync(peer, samePorts, cancellationToken);
                break;
            case ProcessAction.Leave:
                await LeaveAsync(Running(peer), cancellationToken);
                break;
            case ProcessAction.Crash:
                var own = Running(peer);
                own.MayEnd(Departure.Crashed);
                await own.Process.KillAsync();
                await own.GoneAsync(cancellationToken);
                break;
            default:
                await Running(peer).Process.SignalAsync(action == ProcessAction.Stop ? "STOP" : "CONT", cancellationToken);
                break;
        }
    }

    public Task ActAsync(ServiceKind service, ProcessAction action, CancellationToken cancellationToken) => _services.ActAsync(service, action, cancellationToken);

    public async Task ContinueAllAsync(CancellationToken cancellationToken)
    {
        await _services.ContinueAllAsync(cancellationToken);
        await Task.WhenAll(_peers.Values.Select(peer => peer.Process.ContinueAsync(cancellationToken)));
    }

    /// <summary>Ends all processes: peers that run may say goodbye, for a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        _hub.Release(this);
        using var timeout = new CancellationTokenSource(GoodbyeTime, _time);
        await Task.WhenAll(_peers.Values.Select(async peer =>
        {
            try
            {
                if (peer.Process is { HasExited: false, IsStopped: false })
                {
                    await peer.Process.SignalAsync("TERM", timeout.Token);
                    await peer.Process.ExitAsync(timeout.Token);
                }
            }
            catch (Exception e) when (e is StageException or OperationCanceledException)
            {
                // Then without.
            }

            await peer.Process.DisposeAsync();
        }));
        await _services.DisposeAsync();
        await Task.WhenAll(_watches);
    }

    public void Attended(AttendingPeer peer)
    {
        var own = _processes[peer.Process];
        own.Attending = peer;
        _record.Append(new PeerAttended(peer.Name, peer.Process, peer.Session, peer.Gossip));
        peer.Watch(fromStart: true);
        own.Ready.TrySetResult();
    }

    public void Reported(AttendingPeer peer, AttendanceReport report)
    {
        if (AttendanceRecorder.EventOf(peer, report) is { } happened)
        {
            _record.Append(happened);
        }
    }

    public void Gone(AttendingPeer peer)
    {
        var own = _processes[peer.Process];
        // One that has come again meanwhile is there.
        if (own.Attending == peer)
        {
            own.Attending = null;
            _record.Append(new PeerGone(peer.Name, peer.Process, own.Expected ?? Departure.Lost));
            own.Gone.TrySetResult();
        }
    }

    private static async Task LeaveAsync(OwnPeer peer, CancellationToken cancellationToken)
    {
        peer.MayEnd(Departure.Left);
        await peer.Process.SignalAsync("TERM", cancellationToken);
        var code = await peer.Process.ExitAsync(cancellationToken);
        await peer.GoneAsync(cancellationToken);
        if (code != 0)
        {
            throw new StageException($"{peer.Name} ended with code {code}: {peer.Process.LastWords}");
        }
    }

    private OwnPeer Running(string peer) =>
        _peers.TryGetValue(peer, out var own) && own is { Expected: null, Process.HasExited: false } ? own : throw new StageException($"{peer} does not run");

    // Of a process that ends by itself the record has to tell.
    private void Watch(string name, ChildProcess process)
    {
        _watches.Enqueue(WatchAsync());

        async Task WatchAsync()
        {
            var code = await process.ExitAsync(CancellationToken.None);
            if (!process.MayEnd && !_isEnding)
            {
                _record.Append(new ProcessEnded(name, process.Id, code, process.LastWords));
            }
        }
    }

    private async Task StartAsync(string name, bool samePorts, CancellationToken cancellationToken)
    {
        _peers.TryGetValue(name, out var former);
        if (former is not null)
        {
            if (former is { Expected: null, Process.HasExited: false })
            {
                throw new StageException($"{name} runs already");
            }

            await former.Process.ExitAsync(cancellationToken);
            await former.GoneAsync(cancellationToken);
            await former.Process.DisposeAsync();
        }

        for (var attempt = 1; ; attempt++)
        {
            // Once chosen by us, so that they can be the same again.
            var ports = samePorts && former is not null ? former.Ports : (OwnServices.FreePort(), OwnServices.FreePort());
            var peer = new OwnPeer(name, CreateProcess(name, ports), ports);
            _processes[peer.Process.Id] = peer;
            _peers[name] = peer;
            var exit = peer.Process.ExitAsync(cancellationToken);
            if (await Task.WhenAny(exit, peer.Ready.Task).WaitAsync(cancellationToken) != exit)
            {
                Watch(name, peer.Process);
                return;
            }

            // Between its choice and its use, somebody else may have taken a port.
            if (await exit != PortTaken || samePorts || attempt == PortAttempts)
            {
                throw new StageException($"{name} ended with code {await exit} before it was in the chat: {peer.Process.LastWords}");
            }

            await peer.Process.DisposeAsync();
        }
    }

    private ChildProcess CreateProcess(string name, (int Gossip, int Grpc) ports) =>
        new(name, _options.Programs.Peer, [.. Arguments(name, ports)], new Dictionary<string, string>(), Path.Combine(_options.Directory, $"{name}.log"), guard: _options.Guard);

    private IEnumerable<string> Arguments(string name, (int Gossip, int Grpc) ports)
    {
        yield return "--name";
        yield return name;
        yield return "--plain";
        yield return "--quit-at-eof";
        yield return "--profile";
        yield return "local";
        yield return "--gossip-port";
        yield return ports.Gossip.ToString(CultureInfo.InvariantCulture);
        yield return "--grpc-port";
        yield return ports.Grpc.ToString(CultureInfo.InvariantCulture);
        yield return "--test-server";
        yield return _options.Coordinator().ToString();
        foreach (var argument in _services.PeerArguments)
        {
            yield return argument;
        }

        // Who can ask a service asks it. Nobody else to ask: the addresses of those who are there.
        string[] known = [.. _peers.Values.Where(peer => peer is { Attending: not null, Process.IsStopped: false } && peer.Name != name).Select(peer => peer.Attending!.Gossip)];
        if (!_services.KnowsContacts && known.Length > 0)
        {
            yield return "--join";
            yield return string.Join(',', known.Take(5));
        }
    }

    private sealed class OwnPeer(string name, ChildProcess process, (int Gossip, int Grpc) ports)
    {
        public string Name => name;

        public ChildProcess Process => process;

        public (int Gossip, int Grpc) Ports => ports;

        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AttendingPeer? Attending { get; set; }

        /// <summary>How it will have ended; null when nobody has told it to.</summary>
        public Departure? Expected { get; private set; }

        /// <summary>It is told to end.</summary>
        public void MayEnd(Departure how)
        {
            Expected = how;
            process.MayEnd = true;
        }

        /// <summary>Waits until all that it reported is in the record.</summary>
        public Task GoneAsync(CancellationToken cancellationToken) => Ready.Task.IsCompleted ? Gone.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }
}

/// <summary>What a stage of processes needs to know.</summary>
/// <param name="Programs">Where the programs are.</param>
/// <param name="Coordinator">The gRPC address at which peers attend.</param>
/// <param name="Directory">Where the output of the processes goes.</param>
/// <param name="StartTimeout">How long all of them together may take to be ready.</param>
/// <param name="Guard">Kills them when the coordinator is gone.</param>
internal sealed record OwnStageOptions(Programs Programs, Func<Uri> Coordinator, string Directory, TimeSpan StartTimeout, ProcessGuard Guard);
