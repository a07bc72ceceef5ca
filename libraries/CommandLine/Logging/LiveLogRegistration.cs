using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

/// <summary>Connects a <see cref="LiveLog"/> to the host's logging.</summary>
public static class LiveLogRegistration
{
    /// <summary>Adds the log as a provider that no filter of the configuration limits: its levels are its own.</summary>
    public static ILoggingBuilder AddLiveLog(this ILoggingBuilder logging, LiveLog log)
    {
        ArgumentNullException.ThrowIfNull(logging);
        ArgumentNullException.ThrowIfNull(log);
        return logging.AddProvider(log).AddFilter<LiveLog>(category: null, LogLevel.Trace);
    }
}
