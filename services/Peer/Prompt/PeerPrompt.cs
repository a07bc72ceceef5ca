using System.Globalization;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// The prompt of this peer in its terminal: shows name, Lamport time and members alive, counts the characters of a message, and completes with what the peer
/// knows. It is there before the rest of the peer, whose logs it shows.
/// </summary>
internal sealed class PeerPrompt : ICompletionSource
{
    private readonly string _name;
    private volatile State? _state;

    public PeerPrompt(string name, IReadOnlyList<StyledText> greeting, bool hasColours, TimeProvider time)
    {
        _name = name;
        Line = new LinePrompt(
            new LinePromptOptions
            {
                Prompt = Prompt,
                Counter = Count,
                Completion = this,
                History = HistoryFile.Of(HistoryDirectory, name, time),
                IsSecret = PeerCommands.IsSecret,
                // A message comes back when it is delivered; a command would be gone, and its answer without a question.
                StaysVisible = IsCommand,
                QuitHint = new("Ctrl-D or /quit leaves the chat.", Meaning.Muted),
                Greeting = greeting,
                HasColours = hasColours,
            },
            time);
    }

    /// <summary>Where the histories are, one file for each name.</summary>
    public static string HistoryDirectory { get; } = HistoryFile.DirectoryOf("chitty-chat");

    /// <summary>The prompt itself. Whoever runs it disposes it.</summary>
    public LinePrompt Line { get; }

    /// <summary>From now on the prompt shows the peer as it is, and completes.</summary>
    public void Connect(PeerCommands commands, PeerLifecycle lifecycle, ChatPeer chat) => _state = new(commands, lifecycle, chat);

    /// <inheritdoc/>
    public ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken) =>
        _state?.Commands.Completion.CompleteAsync(line, cursor, cancellationToken) ?? ValueTask.FromResult(CompletionList.None);

    /// <summary>How long a message is, of how much is allowed; null for what is no message.</summary>
    internal static StyledText? Count(string line)
    {
        if (line.Length == 0 || IsCommand(line))
        {
            return null;
        }

        var length = ChatText.LengthOf(line is ['\\', ..] ? line[1..] : line);
        return new StyledText(
            string.Create(CultureInfo.InvariantCulture, $"{length}/{ChatText.MaxLength}"), length > ChatText.MaxLength ? Meaning.Error : Meaning.Muted);
    }

    private static bool IsCommand(string line) => line.AsSpan().TrimStart() is ['/' or '!' or '#', ..];

    private StyledText Prompt()
    {
        var status = _state is not { } state ? "starting" : state.Lifecycle.Stage switch
        {
            PeerStage.Joined when state.Lifecycle.View is { } view => string.Create(
                CultureInfo.InvariantCulture, $"L={state.Chat.Clock.Now} {view.Members.Count(member => member.State == MemberState.Alive)} alive"),
            var stage => stage.ToString().ToLowerInvariant(),
        };
        return new([new(_name, Meaning.Name), new($" ({status})", Meaning.Muted), new("> ")]);
    }

    private sealed record State(PeerCommands Commands, PeerLifecycle Lifecycle, ChatPeer Chat);
}
