using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

/// <summary>
/// A log that is switched on and off, and made more or less talkative, while the program runs. Give it to the host's logging with
/// <see cref="LiveLogRegistration.AddLiveLog"/>. While it is off it costs one comparison per call.
/// </summary>
public sealed class LiveLog : ILoggerProvider, IAsyncDisposable
{
    /// <summary>The name of all categories together.</summary>
    public const string Everything = "*";

    private readonly ConcurrentDictionary<string, CategoryLogger> _loggers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _switching = new(1, 1);
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private ImmutableSortedDictionary<string, LogLevel> _levels =
        ImmutableSortedDictionary.Create<string, LogLevel>(StringComparer.OrdinalIgnoreCase).Add(Everything, LogLevel.Information);

    private LogFile? _file;
    private bool _disposed;

    /// <summary>Makes a log that is off.</summary>
    /// <param name="categories">The names by which people refer to categories.</param>
    /// <param name="time">The clock.</param>
    /// <param name="capacity">How many lines may wait for the disk; what comes on top is dropped and counted.</param>
    public LiveLog(IEnumerable<LogCategory> categories, TimeProvider time, int capacity = 8192)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Categories = [.. categories];
        _time = time;
        _capacity = capacity;
    }

    /// <summary>The names by which people refer to categories.</summary>
    public IReadOnlyList<LogCategory> Categories { get; }

    /// <summary>What it does now.</summary>
    public LogStatus Status
    {
        get
        {
            var file = Volatile.Read(ref _file);
            return new(file?.Path, file?.Format ?? LogFormat.Text, file?.Written ?? 0, file?.Dropped ?? 0, file?.Problem, Volatile.Read(ref _levels));
        }
    }

    /// <summary>Sets how much of a category is written, from now on.</summary>
    /// <param name="category">A name of <see cref="Categories"/>, the beginning of a category in use, or <see cref="Everything"/>.</param>
    /// <param name="level">The least important level that is written.</param>
    /// <exception cref="CommandException">Nothing has such a category.</exception>
    public void SetLevel(string category, LogLevel level)
    {
        ArgumentNullException.ThrowIfNull(category);
        if (category != Everything && Known(category) is null && !_loggers.Keys.Any(name => IsWithin(name, category)))
        {
            var near = Suggestions.Nearest(category, Categories.Select(c => c.Name));
            throw new CommandException(
                $"nothing logs as \"{category}\"",
                near is null ? $"There are {string.Join(", ", Categories.Select(c => c.Name).Append(Everything))}." : $"Did you mean {near}?",
                ExitCodes.Usage);
        }

        lock (_gate)
        {
            Volatile.Write(ref _levels, _levels.SetItem(Known(category)?.Name ?? category, level));
            UpdateLoggers();
        }
    }

    /// <summary>Writes to a file from now on; to this one instead of the last one, if it was on.</summary>
    /// <exception cref="CommandException">The file cannot be written; nothing has changed.</exception>
    public Task SwitchOnAsync(string path, LogFormat format = LogFormat.Text) => SwitchAsync(() => LogFile.Open(path, format, _capacity));

    /// <summary>Writes what waits, closes the file, and stays off.</summary>
    public Task SwitchOffAsync() => SwitchAsync(() => null);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        lock (_gate)
        {
            var logger = _loggers.GetOrAdd(categoryName, name => new CategoryLogger(this, name));
            UpdateLoggers();
            return logger;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container that has it as itself and as a logger provider owns it twice.
        if (!Interlocked.Exchange(ref _disposed, true))
        {
            await SwitchOffAsync();
            _switching.Dispose();
        }
    }

    /// <summary>Switches off without waiting for what is still to be written; <see cref="DisposeAsync"/> waits.</summary>
    public void Dispose() => _ = SwitchOffAsync();

    private static bool IsWithin(string category, string prefix) =>
        category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (category.Length == prefix.Length || category[prefix.Length] == '.');

    private LogCategory? Known(string name) => Categories.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private async Task SwitchAsync(Func<LogFile?> open)
    {
        await _switching.WaitAsync();
        try
        {
            var last = _file;
            if (last is not null && open() is { } next)
            {
                Exchange(next);
            }
            else
            {
                Exchange(last is null ? open() : null);
            }

            if (last is not null)
            {
                await last.DisposeAsync();
            }
        }
        finally
        {
            _switching.Release();
        }
    }

    private void Exchange(LogFile? file)
    {
        lock (_gate)
        {
            Volatile.Write(ref _file, file);
            UpdateLoggers();
        }
    }

    // Called under the gate.
    private void UpdateLoggers()
    {
        foreach (var (name, logger) in _loggers)
        {
            logger.Minimum = _file is null ? LogLevel.None : LevelOf(name);
        }
    }

    // The longest beginning wins, so that a part of a category can differ from the rest of it.
    private LogLevel LevelOf(string category) => _levels
        .SelectMany(entry => (Known(entry.Key)?.Prefixes ?? [entry.Key]).Select(prefix => (prefix, level: entry.Value)))
        .Where(entry => entry.prefix == Everything || IsWithin(category, entry.prefix))
        .MaxBy(entry => entry.prefix == Everything ? 0 : entry.prefix.Length).level;

    private sealed class CategoryLogger(LiveLog log, string category) : ILogger
    {
        private volatile int _minimum = (int)LogLevel.None;

        public LogLevel Minimum { set => _minimum = (int)value; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => (int)logLevel >= _minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && Volatile.Read(ref log._file) is { } file)
            {
                file.Add(LogEntry.Of(log._time.GetUtcNow(), logLevel, category, eventId, state, exception, formatter));
            }
        }
    }
}
