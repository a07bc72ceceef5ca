using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Commands;

namespace ChittyChat.Peer.Attach;

/// <summary>Those who are attached: at most <see cref="Most"/>, each with variables of its own, over the peer's commands except those that reach outside of it.</summary>
internal sealed class RemoteSessions(PeerCommands commands)
{
    /// <summary>So many can be attached at once, and so many lines run.</summary>
    internal const int Most = 64;

    private readonly ConcurrentDictionary<string, CommandInterpreter> _sessions = new(StringComparer.Ordinal);
    private int _opened;
    private int _open;
    private int _running;

    /// <summary>Names this run of the process.</summary>
    public string Process { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Opens a session, which ends when it is disposed; null when there are too many.</summary>
    public RemoteSession? TryOpen()
    {
        if (!TryEnter(ref _open))
        {
            return null;
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"{Process}-{Interlocked.Increment(ref _opened)}");
        _sessions[id] = NewInterpreter();
        return new RemoteSession(id, () =>
        {
            _sessions.TryRemove(id, out _);
            Interlocked.Decrement(ref _open);
        });
    }

    /// <summary>The commands as the session of an id sees them, or one for a single line when the id is empty; null when there is no such session.</summary>
    public CommandInterpreter? Find(string id) => id.Length == 0 ? NewInterpreter() : _sessions.GetValueOrDefault(id);

    /// <summary>Takes one of the places for lines that run; it is free again when the result is disposed. Null when there is none.</summary>
    public IDisposable? TryRun() => TryEnter(ref _running) ? new RemoteSession("", () => Interlocked.Decrement(ref _running)) : null;

    private static bool TryEnter(ref int count)
    {
        if (Interlocked.Increment(ref count) <= Most)
        {
            return true;
        }

        Interlocked.Decrement(ref count);
        return false;
    }

    private static string? Refuse(Command command) => command switch
    {
        { IsLocal: false } => null,
        { Name: "quit" } => "it would end the peer itself; Ctrl-D leaves the peer running, /leave takes it out of the chat, /crash ends it without a goodbye",
        { Name: AttachCommands.Name } => "it shows the token; type it at the peer's own prompt",
        _ => "it reaches files or programs of the machine that the peer runs on; type it at the peer's own prompt",
    };

    private CommandInterpreter NewInterpreter() => commands.CreateSession(Refuse);
}

/// <summary>A place that is taken until it is disposed: of somebody who is attached, or, without an id, of a line that runs.</summary>
internal sealed class RemoteSession(string id, Action release) : IDisposable
{
    private bool _isReleased;

    public string Id => id;

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
        {
            release();
        }
    }
}
