using ChittyChat.Peer.Commands;

namespace ChittyChat.Peer.Attach;

/// <summary>Puts the prompt for others into a host.</summary>
internal static class AttachRegistration
{
    /// <summary>Adds the gRPC service RemotePrompt, and the command that shows how to use it.</summary>
    public static IServiceCollection AddRemotePrompt(this IServiceCollection services) => services
        .AddSingleton<AttachTokens>()
        .AddSingleton<RemoteSessions>()
        .AddSingleton<RemotePromptService>()
        .AddCommandSet<AttachCommands>();

    /// <summary>Maps the gRPC service RemotePrompt.</summary>
    public static WebApplication MapRemotePrompt(this WebApplication app)
    {
        app.MapGrpcService<RemotePromptService>();
        return app;
    }
}
