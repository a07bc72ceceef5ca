namespace ChittyChat.Peer.Tests.Host;

/// <summary>A peer as a process of its own.</summary>
internal sealed class PeerProcess : ChildProcess
{
    /// <summary>In the line that tells of the addresses, before the first of them.</summary>
    public const string Listens = " listens: gossip ";

    private readonly string _name;

    private PeerProcess(string name, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
        : base("ChittyChat.Peer.dll", name, environment, arguments) => _name = name;

    /// <summary>Starts a peer with these arguments.</summary>
    public static PeerProcess Start(params string[] arguments) => StartIn([], arguments);

    /// <summary>Starts a peer with these variables and arguments.</summary>
    public static PeerProcess StartIn(Dictionary<string, string> environment, params string[] arguments) =>
        new(Array.IndexOf(arguments, "--name") is >= 0 and var at ? arguments[at + 1] : "the peer", environment, arguments);

    /// <summary>Waits until the peer listens, and gives what it says about that.</summary>
    public async Task<(string Gossip, string Grpc, Uri Http)> ListensAsync() => Parse(await SeesAsync(Listens));

    /// <summary>Waits until the peer is in the chat.</summary>
    public Task<string> JoinedAsync() => SeesAsync($"Participant {_name} joined Chitty-Chat at Lamport time ");

    /// <summary>Reads the addresses from the line that tells of them.</summary>
    public static (string Gossip, string Grpc, Uri Http) Parse(string line)
    {
        var words = line[(line.IndexOf(Listens, StringComparison.Ordinal) + Listens.Length)..].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words[2], new Uri(words[4]));
    }
}
