using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Control;

/// <summary>What the lab can do to a peer from outside, for whoever has the token.</summary>
internal static class ControlEndpoints
{
    public const string CrashPath = "/control/crash";
    public const string TokenHeader = "X-Control-Token";

    private static readonly TimeSpan SendTime = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Maps <c>POST /control/crash</c>: 202, and then the process kills itself, as if its machine had lost power. 401 without the right token.
    /// Nothing is mapped when the peer has no token.
    /// </summary>
    public static WebApplication MapControl(this WebApplication app)
    {
        if (app.Services.GetRequiredService<PeerOptions>().ControlToken is not { } token)
        {
            return app;
        }

        // Comparing hashes takes the same time whatever the difference, also in length.
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        var (crash, time) = (app.Services.GetRequiredService<CrashSwitch>(), app.Services.GetRequiredService<TimeProvider>());
        var logger = app.Services.GetRequiredService<ILogger<CrashSwitch>>();
        app.MapPost(CrashPath, (HttpContext context) =>
        {
            var given = context.Request.Headers[TokenHeader];
            if (given is not [{ } text] || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text)), expected))
            {
                return Results.Problem($"The header {TokenHeader} with this peer's control token is required.", statusCode: StatusCodes.Status401Unauthorized);
            }

            logger.CrashRequested();
            context.Response.OnCompleted(async () =>
            {
                // Complete means handed to the transport, which still has to send it.
                await Task.Delay(SendTime, time);
                crash.Pull();
            });
            return Results.Accepted();
        });
        return app;
    }
}

/// <summary>Ends the process without a goodbye; a test has a milder one.</summary>
internal sealed class CrashSwitch(Action pull)
{
    public static CrashSwitch OfProcess { get; } = new(Kill);

    public void Pull() => pull();

    private static void Kill()
    {
        // SIGKILL: no handler, no finally, no flush.
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
