using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Tests.Runs;

/// <summary>Peers that exist only in the record: they see each other, and deliver everywhere what one of them is told to say.</summary>
internal sealed class FakeStage(RunRecord record, params string[] peers) : IStage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ulong> _sequences = peers.ToDictionary(peer => peer, _ => 0UL);
    private ulong _clock;

    /// <summary>What was asked for, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What a peer answers to a line instead of publishing it.</summary>
    public Func<string, string, CancellationToken, Task<LineAnswer?>> Answer { get; set; } = (_, _, _) => Task.FromResult<LineAnswer?>(null);

    /// <summary>Whether a peer delivers a text of another; the test's own faulty network.</summary>
    public Func<string, string, bool> Delivers { get; set; } = (_, _) => true;

    /// <summary>Whom a peer sees at first.</summary>
    public Func<string, string[]> Sees { get; set; } = _ => peers;

    public string? PrepareFailure { get; set; }

    public bool IsDisposed { get; private set; }

    public string NameOf(string peer) => peer;

    public void Take()
    {
    }

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (PrepareFailure is { } failure)
        {
            throw new StageException(failure);
        }

        foreach (var peer in peers)
        {
            record.Append(new PeerAttended(peer, Process(peer), Session(peer), ""));
        }

        foreach (var peer in peers)
        {
            See(peer, Sees(peer));
        }

        return Task.CompletedTask;
    }

    /// <summary>A peer has another view of the members.</summary>
    public void See(string peer, string[] members) =>
        record.Append(new ViewChanged(peer, Process(peer), Session(peer), [.. members.Select(member => new MemberSeen(member, Session(member), MemberStanding.Alive))]));

    /// <summary>A peer delivers what another has published before, at last.</summary>
    public void Deliver(string peer, string from, string text)
    {
        lock (_gate)
        {
            var published = record.Read().Entries.Select(entry => entry.Event).OfType<Delivered>().First(delivered => delivered.From == from && delivered.Text == text);
            record.Append(published with { Peer = peer, Process = Process(peer), DeliveredAt = ++_clock });
        }
    }

    public async Task<LineAnswer> ExecuteAsync(string peer, string line, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Calls.Add($"{peer}: {line}");
        }

        return await Answer(peer, line, cancellationToken) ?? (line.StartsWith('/') ? new LineAnswer(true, "", []) : Publish(peer, line));
    }

    public Task ActAsync(string peer, ProcessAction action, bool samePorts, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Calls.Add($"{action} {peer}");
        }

        if (action == ProcessAction.Crash)
        {
            record.Append(new PeerGone(peer, Process(peer), Departure.Crashed));
            foreach (var survivor in peers.Where(other => other != peer))
            {
                See(survivor, [.. peers.Where(other => other != peer)]);
            }
        }

        return Task.CompletedTask;
    }

    public Task ActAsync(ServiceKind service, ProcessAction action, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Calls.Add($"{action} {service}");
        }

        return Task.CompletedTask;
    }

    public Task ContinueAllAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private LineAnswer Publish(string peer, string text)
    {
        lock (_gate)
        {
            var message = new MessageKey(Session(peer), ++_sequences[peer]);
            var publishedAt = ++_clock;
            foreach (var receiver in peers.Where(receiver => receiver == peer || Delivers(receiver, text)))
            {
                record.Append(new Delivered(receiver, Process(receiver), message, ChatKind.Message, peer, text, publishedAt, ++_clock, 0, 0));
            }

            return new LineAnswer(true, "", [], message, publishedAt);
        }
    }

    private int Process(string peer) => Array.IndexOf(peers, peer) + 1;

    private string Session(string peer) => $"{Process(peer):x16}";
}
