namespace ChittyChat.Peer.Prompt;

/// <summary>Shows what is logged above the prompt, one line each.</summary>
internal sealed class ScreenLoggerProvider(TerminalPrompt prompt, bool colours) : ILoggerProvider
{
    private const string Red = "31";
    private const string Yellow = "33";

    public ILogger CreateLogger(string categoryName) => new ScreenLogger(prompt, colours);

    public void Dispose()
    {
        // The prompt has another owner.
    }

    private sealed class ScreenLogger(TerminalPrompt prompt, bool colours) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var text = DisplayText.Harmless(exception is null ? formatter(state, null) : $"{formatter(state, exception)}: {exception.Message}");
                prompt.TryPrint(PromptScreen.Paint($"{(logLevel == LogLevel.Warning ? "warning" : "error")}: {text}", !colours ? null : logLevel == LogLevel.Warning ? Yellow : Red));
            }
        }
    }
}
