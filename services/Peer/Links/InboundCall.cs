using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Links;

/// <summary>A call on which another peer sends its messages to us.</summary>
internal sealed class InboundCall(SessionId session, string name, Uri address) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    /// <summary>The caller's session.</summary>
    public SessionId Session => session;

    /// <summary>The caller's name.</summary>
    public string Name => name;

    /// <summary>Where the caller is to be dialled.</summary>
    public Uri Address => address;

    /// <summary>Cancelled when the session was declared gone: the caller has to hear of it, also when it has nothing to send.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Cancels <see cref="Ended"/>.</summary>
    public void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call came to its end by itself at the same moment.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ended.Dispose();
}
