using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Attach;

/// <summary>
/// The output of one line that runs for somebody elsewhere, on its way there. Never waits: beyond <see cref="MaxLines"/> lines, or
/// <see cref="MaxLength"/> code units of text, that are not sent yet, lines are lost, and the place where they were knows how many.
/// </summary>
internal sealed class RunOutput(int? width) : IOutput
{
    /// <summary>More than any result has that is no stream.</summary>
    internal const int MaxLines = 100_000;

    /// <summary>16 MiB of memory. One longer line passes if nothing else waits.</summary>
    internal const int MaxLength = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<OutputEntry> _entries = new();
    private readonly AsyncSignal _signal = new();
    private long _length;
    private ulong _missed;
    private bool _isComplete;

    /// <inheritdoc/>
    public int? Width => width;

    /// <inheritdoc/>
    public void Write(StyledText line) => Add(line, isError: false);

    /// <inheritdoc/>
    public void WriteError(StyledText line) => Add(line, isError: true);

    /// <summary>Says that nothing more comes.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
        }

        _signal.Set();
    }

    /// <summary>Takes what waits, in order; null when there is nothing any more and never will be.</summary>
    public async ValueTask<OutputEntry[]?> TakeAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_entries.Count > 0 || (_isComplete && _missed > 0))
                {
                    OutputEntry[] taken = _missed > 0 ? [.. _entries, new(null, IsError: false, TakeMissed())] : [.. _entries];
                    _entries.Clear();
                    _length = 0;
                    return taken;
                }

                if (_isComplete)
                {
                    return null;
                }
            }

            await _signal.WaitAsync();
        }
    }

    private void Add(StyledText line, bool isError)
    {
        var length = line.Runs.Sum(run => (long)run.Text.Length);
        lock (_gate)
        {
            if (_entries.Count > 0 && (_entries.Count >= MaxLines || _length + length > MaxLength))
            {
                _missed++;
                return;
            }

            _entries.Enqueue(new(line, isError, TakeMissed()));
            _length += length;
        }

        _signal.Set();
    }

    private ulong TakeMissed()
    {
        var missed = _missed;
        _missed = 0;
        return missed;
    }
}

/// <summary>A line of output.</summary>
/// <param name="Line">The line; null at the end of what there was, when lines were lost there.</param>
/// <param name="IsError">Whether it tells what went wrong.</param>
/// <param name="MissedBefore">How many lines were lost before it.</param>
internal readonly record struct OutputEntry(StyledText? Line, bool IsError, ulong MissedBefore);
