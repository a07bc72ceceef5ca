using ChittyChat.Dashboard.Observation;
using Microsoft.Extensions.Options;

namespace ChittyChat.Dashboard.Terminals;

/// <summary>Opens terminals, if the page has the token that they need.</summary>
internal sealed class TerminalFactory(IOptions<ConsoleOptions> options, Reconnection reconnection, TimeProvider time)
{
    /// <summary>Whether there can be terminals at all.</summary>
    public bool IsAvailable => !string.IsNullOrEmpty(options.Value.Token);

    /// <summary>A terminal that is not attached yet. The caller disposes it.</summary>
    public TerminalSession Create(string peer) => new(peer, options.Value.Token!, reconnection, time);
}
