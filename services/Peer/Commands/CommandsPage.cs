using System.Text;
using ChittyChat.CommandLine;

namespace ChittyChat.Peer.Commands;

/// <summary>Writes the page of the documentation that lists all commands: the same that <c>/help</c> says, from the same registry.</summary>
internal static class CommandsPage
{
    private const string Beginning = """
        # The commands of a peer

        Generated from the peer's own registry of commands; `/help` at its prompt says the same. Made anew by

        ```
        dotnet run --project services/Peer -- commands --markdown > docs/commands.md
        ```

        A line that begins with `/` is a command, `! …` one of the system's shell, `# …` a comment. Everything else is published as a message; a text that begins
        with one of these characters needs a backslash in front. Every command takes `--help`, and `--json` for a result that programs can read: one document on one
        line. The same language works at the prompt, in scripts (`/run`), and in a pipe.

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
        | `testfilter`, `testlocalfilters`, `testfilters`, `testrun`, `testsummary`, `testsummaryprepare`, `testreset` | the test coordinator's commands; in scripts `/wait message`, `/expect message` |

        """;

    /// <summary>The whole page.</summary>
    public static string Write(CommandRegistry registry)
    {
        var page = new StringBuilder(Beginning.ReplaceLineEndings("\n"));
        foreach (var group in registry.Groups)
        {
            page.Append($"\n## {group.Name}\n");
            if (group.Description.Length > 0)
            {
                page.Append($"\n{char.ToUpperInvariant(group.Description[0])}{group.Description[1..]}.\n");
            }

            foreach (var command in registry.Commands.Where(command => command.Group == group.Name))
            {
                Write(page, command);
            }
        }

        return page.Append(Ending.ReplaceLineEndings("\n")).ToString();
    }

    private static void Write(StringBuilder page, Command command)
    {
        page.Append($"\n### /{command.Name}\n\n{command.Description}.\n\n`{command.Usage}`\n");
        if (command.Aliases.Length > 0)
        {
            page.Append($"\nAlso {string.Join(", ", command.Aliases.Select(alias => $"`/{alias}`"))}.\n");
        }

        if (command.Parameters.Length > 0)
        {
            page.Append("\n| Parameter | Meaning |\n| --- | --- |\n");
            foreach (var parameter in command.Parameters)
            {
                page.Append($"| `{parameter.Usage.Replace("|", "\\|", StringComparison.Ordinal)}` | {Explain(parameter)} |\n");
            }
        }

        if (command.Examples.Length > 0)
        {
            page.Append("\n```\n");
            var width = command.Examples.Max(example => example.Line.Length);
            foreach (var example in command.Examples)
            {
                page.Append($"{example.Line.PadRight(width)}  # {example.Description}\n");
            }

            page.Append("```\n");
        }
    }

    private static string Explain(CommandParameter parameter)
    {
        string[] facts =
        [
            .. parameter.Values.Length > 0 ? (ReadOnlySpan<string>)[$"one of {string.Join(", ", parameter.Values)}"] : [],
            .. parameter.RangeText.Length > 0 ? (ReadOnlySpan<string>)[parameter.RangeText] : [],
            .. parameter.DefaultText.Length > 0 ? (ReadOnlySpan<string>)[$"default {parameter.DefaultText}"] : [],
        ];
        return facts.Length == 0 ? parameter.Description : $"{parameter.Description} ({string.Join("; ", facts)})";
    }
}
