using ChittyChat.Peer.Chat;
using Grpc.Core;

namespace ChittyChat.Peer.Links;

/// <summary>What the links log.</summary>
internal static partial class LinkLog
{
    [LoggerMessage(2101, LogLevel.Information, "Link to {Receiver} is up; it goes on after message {Delivered}")]
    public static partial void LinkUp(this ILogger logger, string receiver, ulong delivered);

    [LoggerMessage(2102, LogLevel.Information, "Link to {Receiver} at {Address} is down and will be dialled again: {Code} {Reason}")]
    public static partial void LinkDown(this ILogger logger, string receiver, Uri address, StatusCode code, string reason);

    [LoggerMessage(2103, LogLevel.Warning, "Link to {Receiver} was refused as malformed and will be dialled again: {Code} {Reason}")]
    public static partial void LinkBroken(this ILogger logger, string receiver, StatusCode code, string reason);

    [LoggerMessage(2104, LogLevel.Warning, "{Receiver} is too far behind: {Count} messages are skipped for it")]
    public static partial void LinkSkipped(this ILogger logger, string receiver, ulong count);

    [LoggerMessage(2105, LogLevel.Information, "{Receiver} takes no more of session {Session}, which was declared gone")]
    public static partial void SessionRefused(this ILogger logger, string receiver, SessionId session);

    [LoggerMessage(2106, LogLevel.Warning, "This peer was too slow for {Sender}: {Count} of its messages are missed for good")]
    public static partial void MessagesMissed(this ILogger logger, string sender, ulong count);

    [LoggerMessage(2107, LogLevel.Error, "The members can no longer be watched; who comes and goes is not noticed any more")]
    public static partial void WatchFailed(this ILogger logger, Exception failure);

    [LoggerMessage(2108, LogLevel.Error, "Link to {Receiver} failed in a way that nobody foresaw, and will be dialled again")]
    public static partial void LinkFailed(this ILogger logger, Exception failure, string receiver);
}
