using System.Diagnostics;
using System.Globalization;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>A peer as a process of its own.</summary>
internal sealed class PeerProcess : ChildProcess
{
    /// <summary>In the line that tells of the addresses, before the first of them.</summary>
    public const string Listens = " listens: gossip ";

    private readonly string _name;

    private PeerProcess(string name, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
        : base("ChittyChat.Peer.dll", name, environment, arguments) => _name = name;

    /// <summary>Where its gossip listens; known after <see cref="JoinAsync"/>.</summary>
    public string Gossip { get; private set; } = "";

    /// <summary>Starts a peer, alone or through a contact, and waits until it is in the chat, and the contact has heard of it.</summary>
    public static async Task<PeerProcess> JoinAsync(string name, PeerProcess? contact = null, params string[] more)
    {
        var peer = Start([.. contact is null ? [] : (string[])["--join", contact.Gossip], "--name", name, .. more]);
        (peer.Gossip, _, _) = await peer.ListensAsync();
        await peer.JoinedAsync();
        await (contact?.SeesAsync(JoinOf(name)) ?? Task.CompletedTask);
        return peer;
    }

    /// <summary>Starts a peer with these arguments.</summary>
    public static PeerProcess Start(params string[] arguments) => StartIn([], arguments);

    /// <summary>Starts a peer with these variables and arguments.</summary>
    public static PeerProcess StartIn(Dictionary<string, string> environment, params string[] arguments) =>
        new(Array.IndexOf(arguments, "--name") is >= 0 and var at ? arguments[at + 1] : "the peer", environment, arguments);

    /// <summary>Waits until the peer listens, and gives what it says about that.</summary>
    public async Task<(string Gossip, string Grpc, Uri Http)> ListensAsync() => Parse(await SeesAsync(Listens));

    /// <summary>Waits until the peer is in the chat.</summary>
    public Task JoinedAsync() => SeesAsync(JoinOf(_name));

    /// <summary>Waits until this peer hears that another one is in the chat.</summary>
    public Task SeesJoinedAsync(string name) => SeesAsync(JoinOf(name));

    /// <summary>Waits until this peer hears that another one is gone.</summary>
    public Task SeesLeftAsync(string name) => SeesAsync(LeaveOf(name));

    /// <summary>Fails unless what this peer has heard of another one is that it joined and left in turn, beginning and ending so.</summary>
    public void HeardInTurn(string name, string first, string last)
    {
        string[] heard = [.. Output.Where(l => l.Contains(JoinOf(name), StringComparison.Ordinal) || l.Contains(LeaveOf(name), StringComparison.Ordinal))
            .Select(l => l.Contains(JoinOf(name), StringComparison.Ordinal) ? "joined" : "left")];
        Assert.Equal((first, last), (heard[0], heard[^1]));
        Assert.DoesNotContain(heard.Zip(heard.Skip(1)), pair => pair.First == pair.Second);
    }

    /// <summary>Ends a pause before its time: a shell that this peer has started sleeps until then.</summary>
    public void EndPause()
    {
        foreach (var sleeper in ChildrenOf(Id).SelectMany(ChildrenOf))
        {
            using var process = Process.GetProcessById(sleeper);
            process.Kill();
        }
    }

    /// <summary>Reads the addresses from the line that tells of them.</summary>
    public static (string Gossip, string Grpc, Uri Http) Parse(string line)
    {
        var words = line[(line.IndexOf(Listens, StringComparison.Ordinal) + Listens.Length)..].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words[2], new Uri(words[4]));
    }

    private static string JoinOf(string name) => $"Participant {name} joined Chitty-Chat at Lamport time ";

    private static string LeaveOf(string name) => $"Participant {name} left Chitty-Chat at Lamport time ";

    private static IEnumerable<int> ChildrenOf(int parent) => Process.GetProcesses().Select(p => p.Id).Where(id => ParentOf(id) == parent).ToArray();

    // Linux: "id (name) state parent …"; the name may have blanks and brackets in it.
    private static int? ParentOf(int id)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has just ended.
            return null;
        }
    }
}
