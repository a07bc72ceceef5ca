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
        services.AddGrpc();
        services.AddOptions<ChatOptions>().BindConfiguration("Chat").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ChatPeer>();
        return services;
    }

    /// <summary>Maps the gRPC services Chat, Lab and PeerLink.</summary>
    public static WebApplication MapChat(this WebApplication app) => app;
}
