using System.Security.Cryptography;

namespace ChittyChat.BootstrapApi;

/// <summary>
/// The secret that proves that a call about a contact comes from the peer itself. It is sent as <c>Authorization: Bearer …</c>
/// (RFC 6750) when joining, and again when renewing and leaving. The service keeps only its SHA-256.
/// </summary>
public static class ContactToken
{
    private const int HexDigits = 64;

    /// <summary>Makes a token of 256 random bits from the operating system, as hexadecimal text. Make one per peer and session.</summary>
    public static string Create() => RandomNumberGenerator.GetHexString(HexDigits, lowercase: true);
}
