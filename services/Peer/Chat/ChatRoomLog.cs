namespace ChittyChat.Peer.Chat;

/// <summary>What the chat core logs.</summary>
internal static partial class ChatRoomLog
{
    [LoggerMessage(2001, LogLevel.Error, "The chat log could not be written; {Count} lines are missing in it")]
    public static partial void LogNotWritten(this ILogger logger, Exception failure, int count);

    [LoggerMessage(2002, LogLevel.Warning, "The others had declared {Name} gone; it goes on as session {Session}")]
    public static partial void SessionRestarted(this ILogger logger, string name, SessionId session);
}
