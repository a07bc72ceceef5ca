namespace ChittyChat.CommandLine;

/// <summary>A command that runs, and that Ctrl-C cancels. It ends when this is disposed.</summary>
public sealed class RunningCommand : IDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly Action<RunningCommand> _ended;

    internal RunningCommand(Action<RunningCommand> ended, CancellationToken cancellationToken, CancellationToken leaving)
    {
        _ended = ended;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leaving);
        Token = _cancellation.Token;
    }

    /// <summary>Cancelled by Ctrl-C, a while after the user wants to leave, and when the token is that was given to <see cref="LinePrompt.BeginCommand"/>.</summary>
    public CancellationToken Token { get; }

    /// <summary>Says that the command has ended.</summary>
    public void Dispose()
    {
        _ended(this);
        _cancellation.Dispose();
    }

    // Away from the prompt's thread: what is registered with the token is the command's, and may be slow.
    internal void Cancel() => ThreadPool.QueueUserWorkItem(
        static command =>
        {
            try
            {
                command._cancellation.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile.
            }
        },
        this,
        preferLocal: false);
}
