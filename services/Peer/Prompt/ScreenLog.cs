using System.Globalization;
using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Prompt;

/// <summary>
/// Shows deliveries above the prompt. A terminal that is slow (or stopped with Ctrl-S) must not hold up the chat, so lines it has no room for are
/// lost on the screen, and their number is shown; the log has them.
/// </summary>
internal sealed class ScreenLog(IOutput screen) : IChatLog
{
    public void Write(ReadOnlySpan<Delivery> deliveries)
    {
        foreach (ref readonly var delivery in deliveries)
        {
            screen.Write(Format(delivery));
        }
    }

    /// <summary>One event as one line: <c>[17] alice: hello</c>, or the sentence of joined and left. What others wrote cannot look like another line.</summary>
    internal static StyledText Format(in Delivery delivery)
    {
        var text = DisplayText.Harmless(delivery.TextString);
        return delivery.Kind switch
        {
            EventKind.Joined => new(text, Meaning.Success),
            EventKind.Left => new(text, Meaning.Warning),
            _ => new(
            [
                new(string.Create(CultureInfo.InvariantCulture, $"[{delivery.PublishedAt.Value}] "), Meaning.Muted),
                new(delivery.Participant, Meaning.Name),
                new($": {text}"),
            ]),
        };
    }
}

/// <summary>Shows what is logged as a warning or worse above the prompt, one line each.</summary>
internal sealed class ScreenLoggerProvider(IOutput screen) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new ScreenLogger(screen);

    public void Dispose()
    {
        // The screen has another owner.
    }

    private sealed class ScreenLogger(IOutput screen) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var (word, meaning) = logLevel == LogLevel.Warning ? ("warning", Meaning.Warning) : ("error", Meaning.Error);
                var text = exception is null ? formatter(state, null) : $"{formatter(state, exception)}: {exception.Message}";
                screen.Write(new StyledText($"{word}: {DisplayText.Harmless(text)}", meaning));
            }
        }
    }
}
