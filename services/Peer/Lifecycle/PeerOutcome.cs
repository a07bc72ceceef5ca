using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>How the peer ends: <see cref="ExitCode.Left"/> unless something failed. The first failure counts, and one of the peer more than one of a command.</summary>
internal sealed class PeerOutcome
{
    private Failure? _failure;
    private int _commandCode;

    /// <summary>What the process gives back: an <see cref="Options.ExitCode"/>, or that of the first command of a pipe or script that failed.</summary>
    public int ExitCode => Volatile.Read(ref _failure) is { } failure ? (int)failure.Code : Volatile.Read(ref _commandCode);

    /// <summary>What failed, in one line for the person who started the peer.</summary>
    public string? Message => Volatile.Read(ref _failure)?.Message;

    public void Fail(ExitCode code, string message) => Interlocked.CompareExchange(ref _failure, new Failure(code, message), null);

    /// <summary>A command that nobody watches has ended with this code.</summary>
    public void CommandEnded(int code) => Interlocked.CompareExchange(ref _commandCode, code, 0);

    private sealed record Failure(ExitCode Code, string Message);
}
