using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ChittyChat.TestSupport;

/// <summary>
/// Collects what the code under test logs, and fails the test on an error that the test did not announce.
/// Add it as a logging provider, and dispose it as the last thing of the test.
/// </summary>
public sealed class ErrorLogs : ILoggerProvider, ILoggerFactory
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<(string Category, string Text)> _errors = new();
    private readonly List<(string Category, string Part)> _expected = [];

    /// <summary>All lines logged so far, oldest first, as "level category: message".</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Allows errors of <paramref name="category"/> whose text contains <paramref name="part"/>.</summary>
    public ErrorLogs Expect(string category, string part)
    {
        _expected.Add((category, part));
        return this;
    }

    /// <inheritdoc cref="ILoggerProvider.CreateLogger"/>
    public ILogger CreateLogger(string categoryName) => new Sink(this, categoryName);

    /// <summary>Not supported: this is itself the only provider.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Fails if an error was logged that no <see cref="Expect"/> allows.</summary>
    public void AssertNone()
    {
        var unexpected = _errors.Where(e => !_expected.Exists(x =>
            e.Category.Contains(x.Category, StringComparison.Ordinal) && e.Text.Contains(x.Part, StringComparison.Ordinal))).ToArray();
        Assert.True(unexpected.Length == 0, "Unexpected error logs:\n" + string.Join('\n', unexpected.Select(e => $"{e.Category}: {e.Text}")));
    }

    /// <inheritdoc/>
    public void Dispose() => AssertNone();

    private sealed class Sink(ErrorLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = exception is null ? formatter(state, null) : $"{formatter(state, exception)} {exception}";
            logs._lines.Enqueue($"{logLevel} {category}: {text}");
            if (logLevel >= LogLevel.Error)
            {
                logs._errors.Enqueue((category, text));
            }
        }
    }
}
