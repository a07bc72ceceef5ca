using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Attach;

/// <summary>Puts the prompt for others into a host.</summary>
internal static class AttachRegistration
{
    /// <summary>Adds the gRPC service RemotePrompt, and the command that shows how to use it.</summary>
    public static IServiceCollection AddRemotePrompt(this IServiceCollection services) => services
        .AddSingleton<AttachTokens>()
        .AddSingleton<RemoteSessions>()
        .AddSingleton<AttachedScreens>()
        .AddSingleton<ILoggerProvider>(provider => new ScreenLoggerProvider(provider.GetRequiredService<AttachedScreens>()))
        .AddSingleton<RemotePromptService>()
        .AddCommandSet<AttachCommands>();

    /// <summary>Maps the gRPC service RemotePrompt.</summary>
    public static WebApplication MapRemotePrompt(this WebApplication app)
    {
        app.MapGrpcService<RemotePromptService>();
        return app;
    }
}
