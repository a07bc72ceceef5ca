using System.Text.Json;
using System.Text.Json.Serialization;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChittyChat.Peer.Control;

/// <summary>What a peer says about itself over HTTP.</summary>
internal static class StatusEndpoint
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Maps <c>GET /</c>.</summary>
    public static WebApplication MapStatus(this WebApplication app)
    {
        var (options, chat, lifecycle) =
            (app.Services.GetRequiredService<PeerOptions>(), app.Services.GetRequiredService<ChatPeer>(), app.Services.GetRequiredService<PeerLifecycle>());
        app.MapGet("/", () => Results.Json(
            new PeerStatus(
                options.Name,
                chat.Session.ToString(),
                PeerLifecycle.Version,
                lifecycle.Stage,
                chat.Clock.Now.Value,
                [.. (lifecycle.View?.Members ?? []).Select(member => new MemberStatus(
                    member.Name, member.State, member.GossipAddress, member.ChatAddress.Authority, member.Session.ToString(), member.Incarnation))]),
            Json));
        return app;
    }

    private sealed record PeerStatus(string Name, string Session, string Version, PeerStage Stage, ulong LamportTime, IReadOnlyList<MemberStatus> Members);

    private sealed record MemberStatus(string Name, MemberState State, string Gossip, string Grpc, string Session, uint Incarnation);
}

/// <summary>Healthy while the peer is in the chat: its ports are open, and it has joined.</summary>
internal sealed class JoinedCheck(PeerLifecycle lifecycle) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lifecycle.Stage == PeerStage.Joined
            ? HealthCheckResult.Healthy("In the chat.")
            : HealthCheckResult.Unhealthy($"Not in the chat: {lifecycle.Stage}."));
}
