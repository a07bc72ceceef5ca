using System.Diagnostics.CodeAnalysis;

namespace ChittyChat.CommandLine;

/// <summary>Asks a completion source away from the prompt's thread: about one line at a time, and always about the newest.</summary>
/// <param name="source">Written by others: it may be slow, ignore its cancellation, or throw.</param>
/// <param name="answered">Is called when there is an answer to take.</param>
internal sealed class CompletionRequests(ICompletionSource source, Action answered) : IDisposable
{
    // A source that ignores its cancellation is not asked again while so many of its calls hang.
    private const int MaxHanging = 8;

    private readonly Lock _gate = new();
    private (long Version, Line Line)? _wanted;
    private (long Version, CompletionList List)? _answer;
    private CancellationTokenSource? _asking;
    private bool _isRunning;
    private int _hanging;

    /// <summary>Asks about a line; nobody wants to know about earlier ones any more.</summary>
    public void Ask(long version, Line line)
    {
        lock (_gate)
        {
            _wanted = (version, line);
            CancelAsking();
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        _ = Task.Run(RunAsync);
    }

    /// <summary>Nobody wants to know any more.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _wanted = null;
            CancelAsking();
        }
    }

    public bool TryTake(out long version, [NotNullWhen(true)] out CompletionList? list)
    {
        lock (_gate)
        {
            (version, list) = _answer is { } answer ? answer : (0, null);
            _answer = null;
            return list is not null;
        }
    }

    public void Dispose() => Forget();

    // Its registrations run elsewhere: they are the source's, and may be slow as well.
    private void CancelAsking()
    {
        if (_asking is { } asking)
        {
            _asking = null;
            ThreadPool.QueueUserWorkItem(static cancelled => cancelled.Cancel(), asking, preferLocal: false);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            long version;
            Line line;
            CancellationTokenSource asking;
            lock (_gate)
            {
                if (_wanted is not { } wanted)
                {
                    _isRunning = false;
                    return;
                }

                (version, line) = wanted;
                _wanted = null;
                _asking = asking = new CancellationTokenSource();
            }

            var list = await AnswerAsync(line, asking.Token);
            lock (_gate)
            {
                if (ReferenceEquals(_asking, asking))
                {
                    (_asking, _answer) = (null, (version, list));
                }
            }

            answered();
        }
    }

    private async Task<CompletionList> AnswerAsync(Line line, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hanging) >= MaxHanging)
        {
            return CompletionList.None;
        }

        Interlocked.Increment(ref _hanging);
        var call = CallAsync(line, cancellationToken);
        _ = call.ContinueWith(_ => Interlocked.Decrement(ref _hanging), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return await call.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return CompletionList.None;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the source does wrong, typing goes on.")]
    private async Task<CompletionList> CallAsync(Line line, CancellationToken cancellationToken)
    {
        // The call itself may block, so that it must not hold up the wait for its cancellation.
        await Task.Yield();
        try
        {
            return await source.CompleteAsync(line.Text, line.Cursor, cancellationToken) ?? CompletionList.None;
        }
        catch (Exception)
        {
            return CompletionList.None;
        }
    }
}
