using System.Text;
using System.Threading.Channels;

namespace ChittyChat.CommandLine;

/// <summary>A file that lines are added to. They are written on a thread of their own: whoever logs never waits for the disk.</summary>
internal sealed class LogFile : IAsyncDisposable
{
    // Full: the newest line is dropped and counted, because a log must not slow down what it watches. The count is written where the gap is.
    private readonly Channel<LogEntry> _entries;
    private readonly StreamWriter _writer;
    private readonly Task _writing;
    private long _written;
    private long _dropped;
    private long _reported;

    private LogFile(string path, LogFormat format, StreamWriter writer, int capacity)
    {
        Path = path;
        Format = format;
        _writer = writer;
        _entries = Channel.CreateBounded<LogEntry>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        _writing = Task.Run(WriteAsync);
    }

    public string Path { get; }

    public LogFormat Format { get; }

    public long Written => Interlocked.Read(ref _written);

    public long Dropped => Interlocked.Read(ref _dropped);

    public string? Problem { get; private set; }

    /// <summary>Opens a file, and adds to what is there.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static LogFile Open(string path, LogFormat format, int capacity)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 1 << 16);
            return new(path, format, new StreamWriter(stream, new UTF8Encoding(false), 1 << 16), capacity);
        }
        catch (DirectoryNotFoundException)
        {
            throw new CommandException($"{path} cannot be written: there is no directory {System.IO.Path.GetDirectoryName(path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }
    }

    /// <summary>Takes a line, or drops it if too many wait.</summary>
    public void Add(LogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync()
    {
        await foreach (var entry in _entries.Reader.ReadAllAsync())
        {
            await AttemptAsync(async () =>
            {
                await ReportGapAsync(entry);
                await _writer.WriteLineAsync(entry.Format(Format));
                if (!_entries.Reader.TryPeek(out _))
                {
                    await _writer.FlushAsync();
                }

                Interlocked.Increment(ref _written);
            });
        }

        await AttemptAsync(async () => await _writer.DisposeAsync());
    }

    private async Task ReportGapAsync(LogEntry before)
    {
        var dropped = Dropped;
        if (dropped == _reported)
        {
            return;
        }

        var gap = before with
        {
            Level = Microsoft.Extensions.Logging.LogLevel.Warning,
            Category = "log",
            EventId = 0,
            Message = $"{Naming.Count((int)Math.Min(dropped - _reported, int.MaxValue), "line")} dropped: they came faster than they could be written",
            Fields = [KeyValuePair.Create<string, object?>("dropped", dropped - _reported)],
            Exception = null,
        };
        _reported = dropped;
        await _writer.WriteLineAsync(gap.Format(Format));
    }

    private async Task AttemptAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Problem = e.Message;
            Interlocked.Increment(ref _dropped);
        }
    }
}
