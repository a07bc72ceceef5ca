using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>How the peer ends: <see cref="ExitCode.Left"/> unless something failed. The first failure counts.</summary>
internal sealed class PeerOutcome
{
    private Failure? _failure;

    public ExitCode ExitCode => Volatile.Read(ref _failure)?.Code ?? ExitCode.Left;

    /// <summary>What failed, in one line for the person who started the peer.</summary>
    public string? Message => Volatile.Read(ref _failure)?.Message;

    public void Fail(ExitCode code, string message) => Interlocked.CompareExchange(ref _failure, new Failure(code, message), null);

    private sealed record Failure(ExitCode Code, string Message);
}
