using System.Net;
using Microsoft.Extensions.Logging;

namespace ChittyChat.Membership;

/// <summary>All that the library logs.</summary>
internal static partial class MembershipLog
{
    [LoggerMessage(2001, LogLevel.Information, "{Node} listens on {Address}, incarnation {Incarnation}")]
    public static partial void Started(this ILogger logger, string node, IPEndPoint address, Incarnation incarnation);

    [LoggerMessage(2002, LogLevel.Information, "{Kind}: {Member}, reason {Reason}, from {From}")]
    public static partial void Changed(this ILogger logger, MemberEventKind kind, Member member, MemberEventReason reason, string? from);

    [LoggerMessage(2003, LogLevel.Warning, "{Kind}: {Member}, reason {Reason}, from {From}")]
    public static partial void ChangedForTheWorse(this ILogger logger, MemberEventKind kind, Member member, MemberEventReason reason, string? from);

    [LoggerMessage(2004, LogLevel.Warning, "{Member} answers over TCP but not over UDP: a firewall or the network may be misconfigured")]
    public static partial void DatagramsBlocked(this ILogger logger, Member member);

    [LoggerMessage(2005, LogLevel.Warning, "{Name} is not let in: {Refusal}")]
    public static partial void Refused(this ILogger logger, string name, string refusal);

    [LoggerMessage(2006, LogLevel.Warning, "This process stood still for {Late}; its timers go on from here")]
    public static partial void WokeUp(this ILogger logger, TimeSpan late);

    [LoggerMessage(2007, LogLevel.Debug, "Input dropped: {Reason}")]
    public static partial void Dropped(this ILogger logger, Wire.DropReason reason);

    [LoggerMessage(2008, LogLevel.Debug, "A stream from {From} ended early: {Cause}")]
    public static partial void StreamFailed(this ILogger logger, IPEndPoint from, string cause);

    [LoggerMessage(2009, LogLevel.Information, "The exchange of state with {Address} failed: {Cause}")]
    public static partial void ExchangeFailed(this ILogger logger, IPEndPoint address, string cause);

    [LoggerMessage(2010, LogLevel.Warning, "A subscriber is {Limit} events behind: its oldest ones are dropped")]
    public static partial void SubscriberBehind(this ILogger logger, int limit);

    [LoggerMessage(2011, LogLevel.Error, "A step of the protocol failed")]
    public static partial void StepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Error, "The application's hook {Hook} failed")]
    public static partial void HookFailed(this ILogger logger, Exception exception, string hook);

    [LoggerMessage(2013, LogLevel.Warning, "The incarnation cannot be kept in {File}")]
    public static partial void IncarnationNotKept(this ILogger logger, Exception exception, string file);

    [LoggerMessage(2014, LogLevel.Warning, "The datagram for {Address} was refused by the network: {Cause}")]
    public static partial void SendFailed(this ILogger logger, IPEndPoint address, string cause);

    [LoggerMessage(2015, LogLevel.Information, "{Name} takes its name over from {Predecessor}, which does not answer any more")]
    public static partial void TakesOver(this ILogger logger, string name, IPEndPoint predecessor);

    [LoggerMessage(2016, LogLevel.Debug, "The stream ping of {Name} at {Address} failed: {Cause}")]
    public static partial void StreamPingFailed(this ILogger logger, string name, IPEndPoint address, string cause);

    [LoggerMessage(2017, LogLevel.Warning, "A stream from {From} is closed: {Limit} are open already")]
    public static partial void TooManyStreams(this ILogger logger, IPEndPoint from, int limit);

    [LoggerMessage(2018, LogLevel.Warning, "Datagrams cannot be received: {Cause}; trying again")]
    public static partial void ReceiveFailed(this ILogger logger, string cause);

    [LoggerMessage(2019, LogLevel.Warning, "A stream cannot be accepted: {Cause}; trying again")]
    public static partial void AcceptFailed(this ILogger logger, string cause);
}
