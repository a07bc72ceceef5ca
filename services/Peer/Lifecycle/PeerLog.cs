using System.Net;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer;

internal static partial class PeerLog
{
    [LoggerMessage(3001, LogLevel.Information, "{Name} (session {Session}) listens: gossip {Gossip}, gRPC {Grpc}, status http://{Http}")]
    public static partial void Listening(this ILogger logger, string name, SessionId session, IPEndPoint gossip, string grpc, string http);

    [LoggerMessage(3002, LogLevel.Information, "Nobody else is known: this is the first peer of a new cluster")]
    public static partial void FirstPeer(this ILogger logger);

    [LoggerMessage(3003, LogLevel.Information, "Joined a cluster of {Count} through {Contacts}")]
    public static partial void JoinedCluster(this ILogger logger, int count, string contacts);

    [LoggerMessage(3004, LogLevel.Warning, "Waiting for somebody to join: {Reason}")]
    public static partial void NobodyAnswersYet(this ILogger logger, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "None of the known contacts answers; starting alone, and joining them when they do: {Reason}")]
    public static partial void StartsAlone(this ILogger logger, string reason);

    [LoggerMessage(3007, LogLevel.Information, "Leaving")]
    public static partial void Leaving(this ILogger logger);

    [LoggerMessage(3008, LogLevel.Information, "Left")]
    public static partial void HasLeft(this ILogger logger);

    [LoggerMessage(3009, LogLevel.Warning, "Part of the goodbye was not said ({Step}): {Reason}")]
    public static partial void GoodbyeFailed(this ILogger logger, string step, string reason);

    [LoggerMessage(3010, LogLevel.Critical, "An unexpected error ends this peer")]
    public static partial void Crashed(this ILogger logger, Exception error);

    [LoggerMessage(3011, LogLevel.Information, "Left the cluster; the peer lives on and can rejoin")]
    public static partial void HasLeftButLives(this ILogger logger);

    [LoggerMessage(3012, LogLevel.Information, "The gossip port {Port} of before cannot be had again: {Reason}")]
    public static partial void FormerPortTaken(this ILogger logger, int port, string reason);

    [LoggerMessage(3020, LogLevel.Warning, "The {Service} is away, {Consequence}: {Reason}")]
    public static partial void ServiceLost(this ILogger logger, string service, string reason, string consequence);

    [LoggerMessage(3021, LogLevel.Information, "The {Service} is back")]
    public static partial void ServiceBack(this ILogger logger, string service);

    [LoggerMessage(3022, LogLevel.Information, "Joined members that this peer did not know, through {Contacts}")]
    public static partial void JoinedUnknownMembers(this ILogger logger, string contacts);

    [LoggerMessage(3023, LogLevel.Debug, "Members that this peer does not know do not answer: {Reason}")]
    public static partial void UnknownMembersDoNotAnswer(this ILogger logger, string reason);

    [LoggerMessage(3024, LogLevel.Warning, "Cannot join the members at {Contacts}: {Reason}")]
    public static partial void CannotMerge(this ILogger logger, string contacts, string reason);

    [LoggerMessage(3030, LogLevel.Information, "{Member} ({Address}) is a member")]
    public static partial void MemberJoined(this ILogger logger, string member, IPEndPoint address);

    [LoggerMessage(3031, LogLevel.Information, "{Member} ({Address}) has left the cluster")]
    public static partial void MemberLeft(this ILogger logger, string member, IPEndPoint address);

    [LoggerMessage(3032, LogLevel.Information, "{Member} ({Address}) is suspected: no answer to probes")]
    public static partial void MemberSuspected(this ILogger logger, string member, IPEndPoint address);

    [LoggerMessage(3033, LogLevel.Warning, "{Member} ({Address}) is dead: {Reason}")]
    public static partial void MemberFailed(this ILogger logger, string member, IPEndPoint address, string reason);

    [LoggerMessage(3034, LogLevel.Warning, "{Claimant} claims the name of {Member}, which {Address} keeps")]
    public static partial void NameClaimed(this ILogger logger, string claimant, string member, IPEndPoint address);

    [LoggerMessage(3035, LogLevel.Warning, "{Accuser} had declared this peer dead, which was refuted")]
    public static partial void DeclaredDead(this ILogger logger, string accuser);

    [LoggerMessage(3036, LogLevel.Information, "Goes on as session {Session}")]
    public static partial void SessionAnnounced(this ILogger logger, SessionId session);

    [LoggerMessage(3040, LogLevel.Critical, "Told to crash through the control endpoint: no goodbye")]
    public static partial void CrashRequested(this ILogger logger);
}
