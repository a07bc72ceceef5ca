namespace ChittyChat.Peer.Grid;

/// <summary>What the shell has to do after an input to the core.</summary>
internal abstract record GridAction
{
    /// <summary>Try to connect to a server; the answer is <see cref="GridCore.Opened"/> or <see cref="GridCore.DialFailed"/>.</summary>
    public sealed record Dial(int Peer) : GridAction;

    /// <summary>Queue bytes for a link; when there is no room, the answer is <see cref="GridCore.Overflowed"/>.</summary>
    public sealed record Send(GridLink Link, byte[] Bytes) : GridAction;

    /// <summary>Close a link's connection.</summary>
    public sealed record Close(GridLink Link) : GridAction;

    /// <summary>Tell whoever watches.</summary>
    public sealed record Tell(string Text) : GridAction;
}
