using ChittyChat.CommandLine;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Attach;

/// <summary>Attached without a line editor: the lines of standard input, one after the other.</summary>
internal sealed class AttachedPipe(RemotePeer peer, PeerConsole console)
{
    // What was said lately, for whoever sits before a terminal that cannot edit.
    private const uint Backlog = 20;

    /// <summary>Runs lines until there are no more; gives the exit code of the first that failed.</summary>
    /// <exception cref="AttachException">The peer went away, or was never there.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var output = new PlainOutput(console.OutputWriter, console.Error);
        using var detaching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var following = peer.FollowAsync(console.InputIsTerminal ? Backlog : null, output, () => attached.TrySetResult(), detaching.Token);
        try
        {
            await await Task.WhenAny(attached.Task, following);
            return await RunLinesAsync(output, following, cancellationToken);
        }
        finally
        {
            await detaching.CancelAsync();
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<int> RunLinesAsync(PlainOutput output, Task following, CancellationToken cancellationToken)
    {
        var exitCode = ExitCodes.Success;
        using var lines = new BlockingSource<string?>(LineInput.ReadLines(console.Input), "input", ahead: 16);
        lines.Start();
        while (true)
        {
            var more = lines.WaitAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(more, following) != more)
            {
                await following;
                cancellationToken.ThrowIfCancellationRequested();
                throw new AttachException(AttachExitCode.Unreachable, "The peer has ended.");
            }

            if (!await more)
            {
                return exitCode;
            }

            while (lines.TryTake(out var line))
            {
                var code = line is null ? Refuse(output) : await peer.RunAsync(line, output, cancellationToken);
                exitCode = exitCode == ExitCodes.Success ? code : exitCode;
            }
        }
    }

    private static int Refuse(PlainOutput output)
    {
        output.WriteError("Not run: a line of the input is not well-formed UTF-8, or far too long.");
        return ExitCodes.Usage;
    }
}
