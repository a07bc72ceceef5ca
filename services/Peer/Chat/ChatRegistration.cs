using ChittyChat.Peer.Faults;
using ChittyChat.Peer.Grpc;
using ChittyChat.Peer.Links;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChittyChat.Peer.Chat;

/// <summary>Puts the chat into a host.</summary>
internal static class ChatRegistration
{
    /// <summary>
    /// Adds the chat core, its links and its gRPC services. The host adds what they need: one or more <see cref="IChatLog"/>,
    /// <see cref="TimeProvider"/>, <see cref="Random"/> and the name in <see cref="ChatOptions"/>.
    /// </summary>
    public static IServiceCollection AddChat(this IServiceCollection services)
    {
        services.AddOptions<ChatOptions>()
            .BindConfiguration("Chat")
            .ValidateDataAnnotations()
            .Validate(o => ParticipantName.RefusalOf(o.Name) is null, "Chat:Name has to be 1 to 32 ASCII letters, digits, '-', '_' and '.'.")
            .ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<ChatTelemetry>();
        services.AddSingleton<ChatRoom>();
        services.AddSingleton<FaultInjector>();
        services.AddSingleton<LinkMesh>();
        services.AddSingleton<ChatPeer>();
        services.AddGrpc();
        services.AddSingleton<PeerLinkService>();
        services.AddSingleton<ChatService>();
        services.AddSingleton<LabService>();
        // A client that hangs does not close its Join stream: it is asked for a sign of life.
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.Http2.KeepAlivePingDelay = LinkRules.KeepAlive;
            kestrel.Limits.Http2.KeepAlivePingTimeout = LinkRules.KeepAlive;
        });
        return services;
    }

    /// <summary>Maps the gRPC services Chat, Lab and PeerLink.</summary>
    public static WebApplication MapChat(this WebApplication app)
    {
        app.MapGrpcService<ChatService>();
        app.MapGrpcService<LabService>();
        app.MapGrpcService<PeerLinkService>();
        return app;
    }
}
