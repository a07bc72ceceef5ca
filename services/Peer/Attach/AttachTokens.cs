using System.Security.Cryptography;
using System.Text;
using ChittyChat.Peer.Options;
using Grpc.Core;

namespace ChittyChat.Peer.Attach;

/// <summary>
/// Who may attach: whoever has the token. It is the configured one; without one nobody may, until the person at the peer's own prompt asks for one.
/// </summary>
internal sealed class AttachTokens
{
    private const string Scheme = "Bearer ";
    private const int DrawnDigits = 32;

    private readonly Lock _drawing = new();

    // Hashes take the same time to compare whatever the difference, also in length.
    private byte[][] _accepted;
    private string? _shown;

    public AttachTokens(PeerOptions options)
    {
        _shown = options.ConsoleToken ?? options.ControlToken;
        _accepted = [.. new[] { options.ConsoleToken, options.ControlToken }.OfType<string>().Select(Hash)];
    }

    /// <summary>The token to give to others. Drawn now, and accepted from now on, if there was none.</summary>
    public string ShowOrDraw()
    {
        lock (_drawing)
        {
            if (_shown is null)
            {
                _shown = RandomNumberGenerator.GetHexString(DrawnDigits, lowercase: true);
                Volatile.Write(ref _accepted, [Hash(_shown)]);
            }

            return _shown;
        }
    }

    /// <summary>Lets a call pass that has the token.</summary>
    /// <exception cref="RpcException">It has not; the message says what would be right.</exception>
    public void Require(Metadata headers)
    {
        var accepted = Volatile.Read(ref _accepted);
        if (accepted.Length == 0)
        {
            throw new RpcException(new Status(
                StatusCode.PermissionDenied,
                "This peer lets nobody attach. Type /attach at its own prompt, or start it with a token in Console__Token."));
        }

        var value = headers.GetValue("authorization");
        if (value is null || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "A token is needed: the metadata authorization with \"Bearer <token>\"."));
        }

        var given = Hash(value[Scheme.Length..].Trim());
        var fits = false;
        foreach (var expected in accepted)
        {
            fits |= CryptographicOperations.FixedTimeEquals(given, expected);
        }

        if (!fits)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "The token is wrong."));
        }
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
