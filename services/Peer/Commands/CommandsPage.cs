using ChittyChat.CommandLine;

namespace ChittyChat.Peer.Commands;

/// <summary>Writes the page of the documentation that lists all commands: the same that <c>/help</c> says, from the same registry.</summary>
internal static class CommandsPage
{
    private const string Introduction = """
        Generated from the peer's own registry of commands; `/help` at its prompt says the same. Made anew by

        ```
        dotnet run --project services/Peer -- commands --markdown > docs/commands.md
        ```

        A line that begins with `/` is a command, `! …` one of the system's shell, `# …` a comment. Everything else is published as a message; a text that begins
        with one of these characters needs a backslash in front. Every command takes `--help`, and `--json` for a result that programs can read: one document on one
        line, which is null when there is nothing to say (before a text that is the rest of the line it has to come first). The same language works at the prompt, in scripts (`/run`), and in a pipe. `/wait` and `/expect` take the same conditions: the one waits, the other fails.
        """;

    private const string Ending = """

        ## For those who know the Go CLI chat

        What its commands did, and what does it here.

        | There | Here |
        | --- | --- |
        | `bootstrap`, `bootstrapconfig`, `bootstrappeers` | `/bootstrap list`, `/bootstrap config`, `/bootstrap peers` |
        | `bootstrapjoin`, `bootstrapleave`, `bootstraprefill`, `bootstrapreset` | `/bootstrap join`, `/bootstrap leave`, `/bootstrap refill`, `/bootstrap reset` |
        | `bootstraplistlocal` | `/bootstrap status` |
        | `broadcastadd`, `broadcastdel`, `broadcastlist` | `/tag set`, `/tag remove`, `/tags`: keys and values that the gossip spreads |
        | `chatstart`, `chatleave`, `chatstop` | `/rejoin`, `/leave`: chat and membership come and go together |
        | `chatmembers` | `/participants`, `/members` |
        | `chatmemberping`, `chatping`, `ping` | `/ping`, which measures the gossip and gRPC |
        | `msg` | `/publish`, `/msg`, or just the text |
        | `exit` (nothing announced) | `/crash` |
        | `quit` | `/quit` |
        | `log` | `/log on`, `/log off`, `/log level`, `/log show` |
        | `help` | `/help` |
        | `init` | starting a peer does it; `/rejoin` after `/leave` |
        | `play` | nothing: a method with `[Command]` is a command, see libraries/CommandLine |
        | `memberlistconfigure`, `showconfig`, `saveconfig`, `loadconfig` | `/settings show`, `/settings save`, `/settings load`, for every layer |
        | `memberlistcreate`, `memberliststart` | starting a peer does it; `/rejoin` after `/leave` |
        | `memberlistjoin` | `/join` |
        | `memberlist`, `showmemberlist` | `/members`, `/dump` |
        | `memberlistleave` | `/leave` |
        | `memberlistupdate` | `/announce` |
        | `memberlistshutdown` | `/pause` (comes back), `/crash` (does not) |
        | `memberlistshutdowntransport` | `/fault cut *`; `/fault heal` ends it |
        | `memberlisthealthscore` | `/health` |
        | `memberlistdelete` | nothing: it forgot a node that ran on, which helps nobody |
        | `localnode` | `/whoami` |
        | `execute`, `sleep`, `echo`, `shell` | `/run`, `/sleep`, `/echo`, `! …` |
        | `testrun`, `testsummary`, `testsummaryprepare` | `/test run`, which ends with the verdict; `/test list` |
        | `testfilter`, `testfilters`, `testlocalfilters` | `/wait message` and `/expect message` in a script: what is expected stands where it is expected |
        | `testreset` | nothing: each run is one of its own |

        """;

    /// <summary>The whole page.</summary>
    public static string Write(CommandRegistry registry) =>
        CommandReference.ToMarkdown(registry, "The commands of a peer", Introduction.ReplaceLineEndings("\n")) + Ending.ReplaceLineEndings("\n");
}
