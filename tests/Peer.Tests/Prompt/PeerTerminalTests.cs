using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Prompt;

/// <summary>A peer in a real terminal. On a busy machine it may warn of it, between any two of the lines that are looked for.</summary>
public sealed class PeerTerminalTests
{
    [Fact]
    public async Task The_prompt_tells_how_to_join_publishes_answers_and_leaves_although_a_command_runs()
    {
        await using var tmux = await Tmux.StartAsync(80, 24);
        await tmux.RunShellAsync(
            $"clear; XDG_STATE_HOME='{tmux.Directory}' dotnet '{Path.Combine(AppContext.BaseDirectory, "ChittyChat.Peer.dll")}' --name alice --log '{tmux.Directory}/alice.log'; echo ended=$?");
        await ShowsAsync(tmux, "the greeting, the address to join at, and the prompt", rows =>
            rows[0].EndsWith("you are alice. /help says what you can do here.", StringComparison.Ordinal) && rows[1] == $"Chat log: {tmux.Directory}/alice.log"
            && rows.Any(row => row.StartsWith("Others join you with --join 127.0.0.1:", StringComparison.Ordinal)) && rows[^1] == "alice (L=2 1 alive)>");

        await tmux.TypeAsync("hello");
        await ShowsAsync(tmux, "the count", rows => rows[^1].EndsWith(" 5/128", StringComparison.Ordinal));
        await tmux.PressAsync("Enter");
        await ShowsAsync(tmux, "the message", rows => rows.Contains("[3] alice: hello") && rows[^1] == "alice (L=4 1 alive)>");

        // Too narrow for a table.
        await tmux.ResizeAsync(30, 24);
        await tmux.TypeAsync("/members");
        await tmux.PressAsync("Enter");
        await ShowsAsync(tmux, "the member as a list", rows => rows.Contains("alice (you)") && rows.Contains("  state        alive") && rows[^1] == ">");

        await tmux.TypeAsync("/watch messages");
        await tmux.PressAsync("Enter");
        await ShowsAsync(tmux, "the command that runs", rows => rows.Any(row => row.EndsWith("> /watch messages", StringComparison.Ordinal)) && rows[^1] == ">");
        await tmux.PressAsync("C-d");
        await ShowsAsync(tmux, "the end", rows => rows[^2] == "ended=0");
        Assert.Contains("joined alice", await File.ReadAllTextAsync(Path.Combine(tmux.Directory, "alice.log")), StringComparison.Ordinal);
    }

    private static Task<string[]> ShowsAsync(Tmux tmux, string what, Func<string[], bool> isExpected) => tmux.ShowsAsync(rows => rows.Length > 1 && isExpected(rows), what);
}
