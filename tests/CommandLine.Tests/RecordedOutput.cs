using System.Collections.Concurrent;

namespace ChittyChat.CommandLine.Tests;

/// <summary>Keeps what was written, and lets a test wait for a line.</summary>
internal sealed class RecordedOutput : IOutput
{
    private readonly ConcurrentQueue<(StyledText Line, bool IsError)> _lines = new();
    private readonly Lock _gate = new();
    private readonly List<(string Part, TaskCompletionSource Seen)> _awaited = [];

    public int? Width { get; init; }

    public string[] Lines => [.. _lines.Where(l => !l.IsError).Select(l => l.Line.ToString())];

    public string[] Errors => [.. _lines.Where(l => l.IsError).Select(l => l.Line.ToString())];

    public StyledText[] Styled => [.. _lines.Select(l => l.Line)];

    public void Write(StyledText line) => Add(line, isError: false);

    public void WriteError(StyledText line) => Add(line, isError: true);

    /// <summary>Ends when a line that contains a text is written, or has been.</summary>
    public Task LineWith(string part)
    {
        lock (_gate)
        {
            if (_lines.Any(l => l.Line.ToString().Contains(part, StringComparison.Ordinal)))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((part, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private void Add(StyledText line, bool isError)
    {
        lock (_gate)
        {
            _lines.Enqueue((line, isError));
            _awaited.RemoveAll(wait => line.ToString().Contains(wait.Part, StringComparison.Ordinal) && wait.Seen.TrySetResult());
        }
    }
}
