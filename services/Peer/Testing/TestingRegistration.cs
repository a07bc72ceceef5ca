using ChittyChat.Peer.Commands;

namespace ChittyChat.Peer.Testing;

/// <summary>Puts the peer's side of scripted tests into a host.</summary>
internal static class TestingRegistration
{
    /// <summary>Adds the attendance, which does nothing without a test server in the options.</summary>
    public static IServiceCollection AddTesting(this IServiceCollection services)
    {
        services.AddSingleton<LineRunner>();
        services.AddCommandSet<TestCommands>();
        services.AddHostedService<TestAttendance>();
        return services;
    }
}
