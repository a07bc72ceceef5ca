using System.Globalization;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Prompt;

/// <summary>What a line means: text to publish, or one of the few commands.</summary>
internal sealed class PromptCommands(ChatPeer chat, PeerLifecycle lifecycle, IHostApplicationLifetime host)
{
    private const string Help = """
        Type a line and press Enter to publish it (1 to 128 characters).
          /members  who is in the cluster, as this peer sees it
          /quit     leave (so do Ctrl-C, and Ctrl-D on an empty line)
          /help     this text
        """;

    /// <summary>Carries out one line; gives what to tell the person, line by line.</summary>
    public async Task<IReadOnlyList<string>> ExecuteAsync(string line, CancellationToken cancellationToken)
    {
        if (line is not ['/', ..])
        {
            return await PublishAsync(line, cancellationToken);
        }

        switch (line.Trim())
        {
            case "/quit":
                host.StopApplication();
                return [];
            case "/members":
                return Members();
            case "/help":
                return Help.Split('\n');
            default:
                return [$"There is no command {DisplayText.Harmless(line.Split(' ')[0])}; /help lists what there is."];
        }
    }

    private async Task<IReadOnlyList<string>> PublishAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            await chat.PublishAsync(text, cancellationToken);
            return [];
        }
        catch (ChatRefusedException e)
        {
            return [$"Not published: {e.Message}"];
        }
    }

    private IReadOnlyList<string> Members()
    {
        if (lifecycle.View is not { } view)
        {
            return ["The gossip is not open yet."];
        }

        var self = view.Self.Name;
        var members = view.Members;
        var width = members.Max(member => member.Name.Length);
        return
        [
            .. members.Select(member => string.Create(
                CultureInfo.InvariantCulture,
                $"{member.Name.PadRight(width)}  {member.State,-7}  gRPC {member.ChatAddress.Authority}  gossip {member.GossipAddress}{(member.Name == self ? "  (you)" : "")}")),
        ];
    }
}
