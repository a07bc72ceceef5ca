using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ChittyChat.Peer.Attach;

/// <summary>Which peer to attach to, and how.</summary>
/// <param name="Address">Where its gRPC services are.</param>
/// <param name="Token">What it asks for; null to try without.</param>
/// <param name="IsPlain">No line editor, even in a terminal.</param>
internal sealed record AttachOptions(Uri Address, string? Token, bool IsPlain);

/// <summary>The command line of <c>attach</c>.</summary>
internal static class AttachCommandLine
{
    /// <summary>The environment variable that holds the token.</summary>
    public const string TokenVariable = "Console__Token";

    private const string Description = """
        The prompt of a peer that runs elsewhere: its commands, with completion and history.
          In a terminal, Ctrl-C cancels the command that runs, and Ctrl-D detaches; the peer lives on.
          Otherwise the lines of standard input are run one after the other, and standard output has only what they say.
        """;

    private const string AfterOptions = """
        Environment:
          Console__Token  The token. Prefer it to --token: others on the machine can read a command line.
          NO_COLOR        No colours when set to anything.

        The token and the address are shown by /attach at the peer's own prompt, and by the command "Attach" of a peer in the Aspire dashboard.

        Exit codes:
          0  detached; if standard input is no terminal: all its lines succeeded
          2  bad usage
          5  no peer could be reached at the address, or it went away
          6  the token is missing or wrong, or the peer lets nobody attach
          otherwise that of the first line of standard input that failed

        Examples:
          ChittyChat.Peer attach http://127.0.0.1:40123 --token 5ecab...
          echo "/members --json" | ChittyChat.Peer attach http://127.0.0.1:40123
        """;

    /// <summary>Reads the arguments that follow <c>attach</c>; null and the exit code when there is nothing left to do.</summary>
    public static (AttachOptions? Options, int ExitCode) Read(IReadOnlyList<string> arguments, string? tokenVariable, TextWriter output, TextWriter error)
    {
        var address = new Argument<string?>("address") { Arity = ArgumentArity.ZeroOrOne, Description = "Address of the peer's gRPC services, such as http://127.0.0.1:40123." };
        var token = new Option<string>("--token") { Description = $"Token that lets others attach to the peer. [{TokenVariable}]", HelpName = "token" };
        var plain = new Option<bool>("--plain") { Description = "No line editor and no colours, even in a terminal." };
        var root = new RootCommand(Description) { address, token, plain };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new FullHelp((SynchronousCommandLineAction)help.Action!);

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count == 0 && parsed.Action is not null)
        {
            parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
            return (null, AttachExitCode.Detached);
        }

        var text = parsed.Errors.Count == 0 ? parsed.GetValue(address) : null;
        if (AddressOf(text) is { } uri)
        {
            var given = parsed.GetValue(token) ?? tokenVariable;
            return (new(uri, string.IsNullOrWhiteSpace(given) ? null : given.Trim(), parsed.GetValue(plain)), AttachExitCode.Detached);
        }

        var problem = parsed.Errors.Count > 0 ? parsed.Errors[0].Message
            : text is null ? "The peer's address is missing: one such as http://127.0.0.1:40123 is expected."
            : $"'{text}' is no address: one such as http://127.0.0.1:40123 is expected.";
        error.WriteLine($"{problem} Try attach --help.");
        return (null, AttachExitCode.BadUsage);
    }

    // People leave out what is always the same.
    private static Uri? AddressOf(string? text) =>
        text is not null && Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0
            ? uri
            : null;

    private sealed class FullHelp(SynchronousCommandLineAction options) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            // The name that System.CommandLine knows is that of the program.
            var inner = new StringWriter();
            var outer = parseResult.InvocationConfiguration.Output;
            parseResult.InvocationConfiguration.Output = inner;
            var result = options.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = outer;
            outer.WriteLine(inner.ToString().Replace("[<address>]", "attach <address>", StringComparison.Ordinal));
            outer.WriteLine(AfterOptions);
            return result;
        }
    }
}
