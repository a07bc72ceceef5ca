using ChittyChat.CommandLine;
using ChittyChat.Peer.Control;
using ChittyChat.Peer.Grpc;

namespace ChittyChat.Peer.Commands;

/// <summary>Puts the command line into a host.</summary>
internal static class CommandRegistration
{
    // What people call the parts of the log.
    private static readonly LogCategory[] Categories =
    [
        new("membership", ["ChittyChat.Membership", "ChittyChat.Peer.Membership"], "who comes and goes, probes, suspicion"),
        new("chat", "ChittyChat.Peer.Chat", "sessions and messages"),
        new("links", "ChittyChat.Peer.Links", "the chat's connections to other peers"),
        new("grpc", ["Grpc", "ChittyChat.Peer.Grpc"], "gRPC calls"),
        new("http", ["Microsoft.AspNetCore", "System.Net.Http"], "HTTP requests, in and out"),
        new("bootstrap", "ChittyChat.Peer.Bootstrap", "the bootstrap service"),
        new("registry", "ChittyChat.Peer.Registry", "the registry"),
        new("faults", "ChittyChat.Peer.Faults", "injected faults"),
        new("lifecycle", "ChittyChat.Peer.Lifecycle", "start, joining, leaving"),
        new("commands", ["ChittyChat.Peer.Commands", "ChittyChat.CommandLine"], "commands and their defects"),
    ];

    /// <summary>Adds the commands, the settings that they save and load, and the log that they switch.</summary>
    public static WebApplicationBuilder AddCommands(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // Off until somebody switches it on; then it takes what the filters of the other logs leave out, too.
        builder.Logging.AddFilter<LiveLog>(category: null, LogLevel.Trace);
        services.AddSingleton(provider => new LiveLog(Categories, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<LiveLog>());
        services.AddSingleton<PeerCalls>().AddSingleton<MessageBook>().AddSingleton(PauseSwitch.OfProcess);
        services.AddSingleton<SettingsSections>();
        services.AddSingleton(provider =>
        {
            var store = new SettingsStore();
            provider.GetRequiredService<SettingsSections>().Register(store);
            return store;
        });
        services.AddSingleton<ICommandSet>(provider => provider.GetRequiredService<SettingsSections>());
        services.AddCommandSet<MembershipCommands>().AddCommandSet<KeyCommands>().AddCommandSet<ChatCommands>().AddCommandSet<FaultCommands>()
            .AddCommandSet<BootstrapCommands>().AddCommandSet<RegistryCommands>().AddCommandSet<LifeCommands>();
        services.AddSingleton<PeerCommands>();
        return builder;
    }

    /// <summary>Adds commands of one part of the peer.</summary>
    public static IServiceCollection AddCommandSet<T>(this IServiceCollection services) where T : class, ICommandSet => services.AddSingleton<ICommandSet, T>();
}
