using ChittyChat.CommandLine;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Links;
using ChittyChat.Peer.Prompt;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Attach;

/// <summary>Attached in a terminal: the prompt of the peer as its own terminal shows it, for as long as the user likes, whether the peer is away or not.</summary>
internal sealed class AttachedTerminal(RemotePeer peer, PeerConsole console, Random random, TimeProvider time)
{
    // What was said lately.
    private const uint Backlog = 20;

    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(5), random);
    private string _process = "";
    private bool _isAway;

    /// <summary>Runs until the user detaches.</summary>
    /// <exception cref="AttachException">The peer was never there, or it is there and does not let this user attach any more.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var first = await peer.GreetAsync(cancellationToken);
        _process = first.Process;
        using var detaching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var prompt = new LinePrompt(Options(first), time);
        prompt.Start();
        var following = StayAsync(first.Name, prompt, detaching.Token);
        try
        {
            await await Task.WhenAny(RunLinesAsync(prompt, detaching.Token), following);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop, which is to detach.
        }
        finally
        {
            await detaching.CancelAsync();
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return AttachExitCode.Detached;
    }

    private LinePromptOptions Options(Wire.PromptState first) => new()
    {
        Prompt = () => PeerPrompt.Text(first.Name, peer.State switch
        {
            null => "away",
            { Stage: RemotePeer.Joined } now => PeerPrompt.InChat(now.LamportTime, (int)now.MembersAlive),
            var now => now.Stage,
        }),
        Counter = PeerPrompt.Count,
        Completion = peer,
        History = HistoryFile.Of(PeerPrompt.HistoryDirectory, first.Name, time),
        IsSecret = PeerCommands.IsSecret,
        StaysVisible = PeerPrompt.IsCommand,
        QuitHint = new("Ctrl-D detaches; the peer lives on.", Meaning.Muted),
        Greeting =
        [
            new(
            [
                new($"Attached to {first.Name}", Meaning.Heading),
                new($" (Chitty-Chat {first.Version}). /help lists what you can do; Ctrl-D detaches.", Meaning.Muted),
            ]),
        ],
        HasColours = console.HasColours,
    };

    // Ends with an exception only: cancelled, or refused.
    private async Task StayAsync(string name, LinePrompt prompt, CancellationToken cancellationToken)
    {
        for (var backlog = Backlog; ; backlog = 0)
        {
            string reason;
            try
            {
                await peer.FollowAsync(backlog, prompt, () => Changed(prompt), cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                reason = $"{name} has ended.";
            }
            catch (AttachException e) when (e.ExitCode == AttachExitCode.Unreachable)
            {
                reason = e.Message;
            }

            prompt.RefreshPrompt();
            if (!_isAway)
            {
                _isAway = true;
                prompt.Write(new($"{reason} Trying to reach it again …", Meaning.Warning));
            }

            await Task.Delay(_backoff.Next(), time, cancellationToken);
        }
    }

    private void Changed(LinePrompt prompt)
    {
        if (_isAway && peer.State is { } state)
        {
            _isAway = false;
            _backoff.Reset();
            prompt.Write(new(
                state.Process == _process ? $"{state.Name} is back; /history shows what was said meanwhile." : $"{state.Name} is back: it was started anew.", Meaning.Success));
            _process = state.Process;
        }

        prompt.RefreshPrompt();
    }

    private async Task RunLinesAsync(LinePrompt prompt, CancellationToken cancellationToken)
    {
        await foreach (var line in prompt.ReadLinesAsync(cancellationToken))
        {
            using var command = prompt.BeginCommand(cancellationToken);
            try
            {
                await peer.RunAsync(line, prompt, command.Token);
            }
            catch (AttachException e)
            {
                prompt.Write(new(e.Message, Meaning.Error));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                prompt.Write(new("cancelled", Meaning.Warning));
            }
        }
    }
}
