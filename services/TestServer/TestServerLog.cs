namespace ChittyChat.TestServer;

internal static partial class TestServerLog
{
    [LoggerMessage(4001, LogLevel.Information, "{Name} attends (process {Process})")]
    public static partial void Attends(this ILogger logger, string name, int process);

    [LoggerMessage(4002, LogLevel.Information, "{Name} attends no more (process {Process})")]
    public static partial void IsGone(this ILogger logger, string name, int process);

    [LoggerMessage(4003, LogLevel.Information, "Run {RunId} begins: {Scenario}")]
    public static partial void RunBegins(this ILogger logger, string runId, string scenario);

    [LoggerMessage(4004, LogLevel.Information, "Run {RunId}: {Verdict}, results in {Directory}")]
    public static partial void RunEnds(this ILogger logger, string runId, Runs.Verdict verdict, string directory);

    [LoggerMessage(4005, LogLevel.Error, "Run {RunId} ended by an unexpected error")]
    public static partial void RunBroke(this ILogger logger, string runId, Exception error);
}
