using System.Collections.Immutable;
using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Attendance;

/// <summary>A stage of peers that attend already. Their processes belong to somebody else: what can be asked of them through their prompt is done, anything else is refused.</summary>
internal sealed class AttendingStage : IStage, IAttendanceSink
{
    private static readonly TimeSpan HealTime = TimeSpan.FromSeconds(5);

    private readonly AttendanceHub _hub;
    private readonly RunRecord _record;
    private readonly ImmutableDictionary<string, string> _cast;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AttendingPeer> _here = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Departure> _expected = [];
    private readonly HashSet<string> _faulty = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    private AttendingStage(AttendanceHub hub, RunRecord record, ImmutableDictionary<string, string> cast, TimeProvider time) =>
        (_hub, _record, _cast, _time) = (hub, record, cast, time);

    /// <summary>Decides who plays whom.</summary>
    /// <param name="script">Whose peers are wanted.</param>
    /// <param name="wanted">Who plays whom, as far as the caller says.</param>
    /// <param name="hub">Where the peers are.</param>
    /// <param name="record">Where to write what they report.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StageException">Somebody is missing, or the script needs what only a stage of its own has.</exception>
    public static AttendingStage Of(Script script, IReadOnlyDictionary<string, string> wanted, AttendanceHub hub, RunRecord record, TimeProvider time)
    {
        if (script.Services.Length > 0)
        {
            throw new StageException("The script starts services of its own; run it with peers of its own (without --attach).");
        }

        return new AttendingStage(hub, record, Casting.Of(script.Cast, wanted, hub.Idle, hub.Attending), time);
    }

    public string NameOf(string peer) => _cast[peer];

    public void Take() => _hub.Claim(this, peer => _cast.ContainsValue(peer.Name));

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var missing = _cast.Values.Where(name => !_here.ContainsKey(name)).ToArray();
            return missing.Length == 0 ? Task.CompletedTask : throw new StageException($"Not there any more: {string.Join(", ", missing)}.");
        }
    }

    public Task<LineAnswer> ExecuteAsync(string peer, string line, CancellationToken cancellationToken)
    {
        if (Find(peer) is not { } here)
        {
            return Task.FromResult(LineAnswer.Refused($"{peer} is not there"));
        }

        if (AttendingPeer.EndsProcess(line))
        {
            lock (_gate)
            {
                _expected[here.Process] = AttendingPeer.HowEnds(line);
            }
        }

        if (line.StartsWith("/fault ", StringComparison.Ordinal))
        {
            lock (_gate)
            {
                _ = line == FaultLines.Heal ? _faulty.Remove(peer) : _faulty.Add(peer);
            }
        }

        return here.ExecuteAsync(line, cancellationToken);
    }

    public async Task ActAsync(string peer, ProcessAction action, bool samePorts, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case ProcessAction.Crash:
                var here = Find(peer) ?? throw new StageException($"{peer} is not there");
                await RequireAsync(peer, "/crash", cancellationToken);
                await here.Ended.WaitAsync(cancellationToken);
                break;
            case ProcessAction.Leave:
                await RequireAsync(peer, "/leave", cancellationToken);
                break;
            case ProcessAction.Start:
                await RequireAsync(peer, "/rejoin", cancellationToken);
                break;
            case ProcessAction.Restart:
                await RequireAsync(peer, "/leave", cancellationToken);
                await RequireAsync(peer, "/rejoin", cancellationToken);
                break;
            default:
                throw new StageException($"{peer} was started by somebody else, and only who starts a process can {action.ToString().ToLowerInvariant()} it; run the script without --attach");
        }
    }

    public Task ActAsync(ServiceKind service, ProcessAction action, CancellationToken cancellationToken) =>
        throw new StageException($"The {service} was started by somebody else; run the script without --attach.");

    public Task ContinueAllAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leaves the peers without the faults of this run, also when it was cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        string[] faulty;
        lock (_gate)
        {
            faulty = [.. _faulty];
        }

        using var timeout = new CancellationTokenSource(HealTime, _time);
        try
        {
            await Task.WhenAll(faulty.Select(peer => ExecuteAsync(peer, FaultLines.Heal, timeout.Token)));
        }
        catch (OperationCanceledException)
        {
            // Somebody hangs, and does not care for links.
        }

        _hub.Release(this);
    }

    public void Attended(AttendingPeer peer)
    {
        lock (_gate)
        {
            _here[peer.Name] = peer;
        }

        _record.Append(new PeerAttended(peer.Name, peer.Process, peer.Session, peer.Gossip));
        peer.Watch(fromStart: false);
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
        Departure how;
        lock (_gate)
        {
            // One that has come again meanwhile is there.
            if (_here.GetValueOrDefault(peer.Name) != peer)
            {
                return;
            }

            _here.Remove(peer.Name);
            how = _expected.GetValueOrDefault(peer.Process, Departure.Lost);
        }

        _record.Append(new PeerGone(peer.Name, peer.Process, how));
    }

    private AttendingPeer? Find(string peer)
    {
        lock (_gate)
        {
            return _here.GetValueOrDefault(peer);
        }
    }

    private async Task RequireAsync(string peer, string line, CancellationToken cancellationToken)
    {
        var answer = await ExecuteAsync(peer, line, cancellationToken);
        if (!answer.Succeeded)
        {
            throw new StageException($"{peer} refused {line}: {answer.Reason}");
        }
    }
}

/// <summary>Who plays whom.</summary>
internal static class Casting
{
    /// <summary>Who is wished for, then who has the name, then idle peers in alphabetical order.</summary>
    /// <exception cref="StageException">There are not enough; the message says who is missing.</exception>
    public static ImmutableDictionary<string, string> Of(
        IReadOnlyList<string> roles, IReadOnlyDictionary<string, string> wanted, IReadOnlyList<string> idle, IReadOnlyList<string> attending)
    {
        var cast = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (role, peer) in wanted)
        {
            cast[role] = !roles.Contains(role) ? throw new StageException($"The script has no peer '{role}'{Suggestion.For(role, roles)}")
                : idle.Contains(peer) ? peer
                : throw new StageException(attending.Contains(peer) ? $"'{peer}' takes part in another run." : $"'{peer}' does not attend this test server.");
        }

        var free = idle.Except(cast.Values).ToList();
        foreach (var role in roles.Where(role => !cast.ContainsKey(role) && free.Remove(role)))
        {
            cast[role] = role;
        }

        string[] left = [.. roles.Where(role => !cast.ContainsKey(role))];
        if (left.Length > free.Count)
        {
            throw new StageException(
                $"Nobody plays {string.Join(", ", left.Skip(free.Count))}: {roles.Count} peers are needed, and of those that attend {idle.Count} are free ({(idle.Count == 0 ? "none" : string.Join(", ", idle))}).");
        }

        foreach (var (role, peer) in left.Zip(free))
        {
            cast[role] = peer;
        }

        return cast.ToImmutable();
    }
}
