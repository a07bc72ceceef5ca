using System.Security.Cryptography;

namespace ChittyChat.Membership.Wire;

/// <summary>
/// The encrypted form of a packet or stream message: version, nonce, cipher text, tag. Version 1 is written; version 0, whose
/// plain text is padded to blocks of 16 bytes, is read as well.
/// </summary>
internal static class SecureFrame
{
    public const int NonceLength = 12;
    public const int TagLength = 16;
    public const int Overhead = 1 + NonceLength + TagLength;
    private const int BlockLength = 16;

    public static void Seal(Keyring keyring, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> authenticated, ByteWriter output)
    {
        var frame = output.Take(plain.Length + Overhead);
        frame[0] = 1;
        var nonce = frame.Slice(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        keyring.Encrypt(nonce, plain, frame[(1 + NonceLength)..^TagLength], frame[^TagLength..], authenticated);
    }

    /// <summary>Appends the plain text to <paramref name="output"/>; false when no key fits or the frame is malformed.</summary>
    public static bool TryOpen(Keyring keyring, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> authenticated, ByteWriter output, out ReadOnlySpan<byte> plain)
    {
        plain = default;
        if (frame.Length < Overhead || frame[0] > 1)
        {
            return false;
        }

        var opened = output.Take(frame.Length - Overhead);
        if (!keyring.TryDecrypt(frame.Slice(1, NonceLength), frame[(1 + NonceLength)..^TagLength], frame[^TagLength..], opened, authenticated))
        {
            return false;
        }

        if (frame[0] == 0)
        {
            if (opened.IsEmpty || opened.Length % BlockLength != 0 || opened[^1] is 0 or > BlockLength)
            {
                return false;
            }

            opened = opened[..^opened[^1]];
        }

        plain = opened;
        return true;
    }
}
