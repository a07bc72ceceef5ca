using System.Globalization;
using ChittyChat.Peer.Tests.Host;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Attach;

/// <summary>An attached prompt in a real terminal. On a busy machine a peer may warn of it, between any two of the lines that are looked for.</summary>
public sealed class AttachTerminalTests
{
    private const string Token = "correct-horse";

    [Fact]
    public async Task The_prompt_completes_publishes_cancels_remembers_and_outlives_the_peer()
    {
        var port = Ports.Free().ToString(CultureInfo.InvariantCulture);
        var alice = StartAlice(port);
        try
        {
            await alice.JoinedAsync();
            await using var tmux = await Tmux.StartAsync(100, 30);
            await tmux.RunShellAsync(
                $"clear; XDG_STATE_HOME='{tmux.Directory}' Console__Token={Token} dotnet '{Path.Combine(AppContext.BaseDirectory, "ChittyChat.Peer.dll")}' attach 127.0.0.1:{port}; echo ended=$?");
            await ShowsAsync(tmux, "the prompt and what was said before", rows =>
                rows[0].StartsWith("Attached to alice (Chitty-Chat ", StringComparison.Ordinal)
                && rows.Contains("Participant alice joined Chitty-Chat at Lamport time 1") && rows[^1] == "alice (L=2 1 alive)>");

            await tmux.TypeAsync("/who-has la");
            await tmux.PressAsync("Tab");
            await ShowsAsync(tmux, "/who-has last", rows => rows[^1].StartsWith("alice (L=2 1 alive)> /who-has last", StringComparison.Ordinal));
            await tmux.PressAsync("C-c");
            await tmux.TypeAsync("hello from elsewhere");
            await ShowsAsync(tmux, "the count", rows => rows[^1].EndsWith(" 20/128", StringComparison.Ordinal));
            await tmux.PressAsync("Enter");
            await alice.SeesAsync("hello from elsewhere");
            await ShowsAsync(tmux, "the message, and a clock that went on", rows => rows.Contains("[3] alice: hello from elsewhere") && rows[^1] == "alice (L=4 1 alive)>");

            await tmux.TypeAsync("/watch messages --backlog 1");
            await tmux.PressAsync("Enter");
            await ShowsAsync(tmux, "that the command has begun", rows => rows.Count(row => row.Contains("hello from elsewhere", StringComparison.Ordinal)) == 2);
            alice.Write("something to see");
            await ShowsAsync(tmux, "what the command says", rows => rows.Count(row => row.Contains("something to see", StringComparison.Ordinal)) == 2);
            await tmux.PressAsync("C-c");
            await ShowsAsync(tmux, "cancelled", rows => rows.Contains("cancelled"));

            await alice.SignalAsync("KILL");
            await ShowsAsync(tmux, "that the peer is away", rows => rows[^1] == "alice (away)>" && rows.Any(row => row.EndsWith(" Trying to reach it again …", StringComparison.Ordinal)));
            await alice.DisposeAsync();
            alice = StartAlice(port);
            await alice.JoinedAsync();
            await ShowsAsync(tmux, "that it is back", rows => rows.Contains("alice is back: it was started anew.") && rows[^1].StartsWith("alice (L=", StringComparison.Ordinal));

            await tmux.PressAsync("Up");
            await ShowsAsync(tmux, "the line before", rows => rows[^1].Contains("> /watch messages --backlog 1", StringComparison.Ordinal));
            await tmux.PressAsync("C-c", "C-d");
            await ShowsAsync(tmux, "the end", rows => rows[^2] == "ended=0");
            alice.Write("still here");
            await alice.SeesAsync("still here");
        }
        finally
        {
            await alice.DisposeAsync();
        }
    }

    private static PeerProcess StartAlice(string port) => PeerProcess.StartIn(new() { ["Console__Token"] = Token }, "--name", "alice", "--grpc-port", port);

    private static Task<string[]> ShowsAsync(Tmux tmux, string what, Func<string[], bool> isExpected) => tmux.ShowsAsync(rows => rows.Length > 1 && isExpected(rows), what);
}
