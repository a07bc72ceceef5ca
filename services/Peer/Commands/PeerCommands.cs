using System.Text.RegularExpressions;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Commands;

/// <summary>Commands of one part of the peer.</summary>
internal interface ICommandSet
{
    /// <summary>Registers them, the conditions of wait and expect, and the values that go with them.</summary>
    void Register(CommandRegistry registry);
}

/// <summary>
/// The command line of this peer: everything that can be typed at its prompt, from wherever it is typed. A line that is no command is published.
/// </summary>
internal sealed partial class PeerCommands
{
    private readonly ChatPeer _chat;
    private readonly TimeProvider _time;
    private readonly ILogger<PeerCommands> _logger;

    public PeerCommands(
        ChatPeer chat, IEnumerable<ICommandSet> sets, SettingsStore settings, LiveLog log, TimeProvider time, ILogger<PeerCommands> logger)
    {
        (_chat, _time, _logger) = (chat, time, logger);
        Registry.AddStandardCommands(settings, log);
        foreach (var set in sets)
        {
            set.Register(Registry);
        }

        Interpreter = CreateSession();
    }

    /// <summary>The commands, for dispatch, help, completion and documentation.</summary>
    public CommandRegistry Registry { get; } = new();

    /// <summary>The session of whoever sits at this peer: its variables outlive a line.</summary>
    public CommandInterpreter Interpreter { get; }

    /// <summary>Completes lines, with what only this peer knows: members, messages, files.</summary>
    public ICompletionSource Completion => Interpreter.Completion;

    /// <summary>Runs one line in the session of this peer's own prompt, and writes its result or what went wrong.</summary>
    public Task<CommandOutcome> ExecuteAsync(string line, IOutput output, CancellationToken cancellationToken) =>
        Interpreter.ExecuteAsync(line, output, cancellationToken);

    /// <summary>A session with variables of its own, over the same commands.</summary>
    /// <param name="refuse">Says why a command may not be run in it; null lets all commands run.</param>
    public CommandInterpreter CreateSession(Func<Command, string?>? refuse = null) => new(Registry)
    {
        Variables = PeerVariables(),
        Text = PublishAsync,
        Refuse = refuse,
        Time = _time,
        Logger = _logger,
    };

    /// <summary>Whether a line holds a secret, and must not be kept in a history.</summary>
    public static bool IsSecret(string line) => SecretLine().IsMatch(line);

    // A key of the gossip, a token, or a variable or setting whose name says that it is one; terminal.js of the lab's page knows the same.
    [GeneratedRegex(
        @"--token\b|^\s*[/!].*(\bkeys\s+(add|use|remove)\s|\bset\s+\S*(token|key|secret|password)\S*\s|(token|key|secret|password)\w*=)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretLine();

    private Variables PeerVariables()
    {
        var variables = new Variables();
        variables.Set("name", _chat.Name);
        return variables;
    }

    private async Task PublishAsync(string text, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            await _chat.PublishAsync(text, cancellationToken);
        }
        catch (ChatRefusedException e)
        {
            throw new CommandException($"Not published: {e.Message.TrimEnd('.')}");
        }
    }
}
