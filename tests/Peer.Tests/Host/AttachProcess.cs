namespace ChittyChat.Peer.Tests.Host;

/// <summary>The program attach, with its standard input in the hands of the test.</summary>
internal sealed class AttachProcess : ChildProcess
{
    private AttachProcess(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
        : base("ChittyChat.Peer.dll", "attach", environment, ["attach", .. arguments])
    {
    }

    /// <summary>Attaches with a token, or without one.</summary>
    public static AttachProcess Start(string? token, params string[] arguments) =>
        new(token is null ? [] : new Dictionary<string, string> { ["Console__Token"] = token }, arguments);
}
