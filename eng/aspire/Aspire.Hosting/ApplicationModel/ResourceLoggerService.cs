using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line of a resource's console.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>
/// Keeps the console of every resource, and what commands log about it. The newest 10,000 lines of each are kept; older ones
/// are forgotten, also for a watcher that has not read them yet.
/// </summary>
public sealed class ResourceLoggerService
{
    private const int KeptLines = 10_000;

    private readonly ConcurrentDictionary<string, Console> _consoles = new();

    public ILogger GetLogger(IResource resource) => ConsoleOf(resource);

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => ConsoleOf(resource).ReadAsync(follow: true);

    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource) => ConsoleOf(resource).ReadAsync(follow: false);

    internal void Append(IResource resource, string line, bool isError) => ConsoleOf(resource).Append(line, isError);

    internal IAsyncEnumerable<IReadOnlyList<LogLine>> ReadAsync(IResource resource, bool follow) => ConsoleOf(resource).ReadAsync(follow);

    private Console ConsoleOf(IResource resource) => _consoles.GetOrAdd(resource.GetId(), _ => new Console());

    private sealed class Console : ILogger
    {
        private readonly Lock _lock = new();
        private readonly Queue<LogLine> _lines = new();
        private int _count;
        private TaskCompletionSource _more = NewSignal();

        public void Append(string line, bool isError)
        {
            TaskCompletionSource more;
            lock (_lock)
            {
                if (_lines.Count == KeptLines)
                {
                    _lines.Dequeue();
                }

                _lines.Enqueue(new LogLine(++_count, line, isError));
                (more, _more) = (_more, NewSignal());
            }

            more.SetResult();
        }

        public async IAsyncEnumerable<IReadOnlyList<LogLine>> ReadAsync(bool follow, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var read = 0;
            while (true)
            {
                LogLine[] lines;
                Task more;
                lock (_lock)
                {
                    lines = _count == read ? [] : [.. _lines.SkipWhile(l => l.LineNumber <= read)];
                    more = _more.Task;
                }

                if (lines.Length > 0)
                {
                    read = lines[^1].LineNumber;
                    yield return lines;
                }

                if (!follow)
                {
                    yield break;
                }

                await more.WaitAsync(cancellationToken);
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                // The same shape as the lines that DCP stamps.
                var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffK", CultureInfo.InvariantCulture);
                Append($"{now} {formatter(state, exception)}", logLevel >= LogLevel.Error);
            }
        }

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
