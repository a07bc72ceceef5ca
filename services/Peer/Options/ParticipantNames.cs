using System.Buffers;

namespace ChittyChat.Peer.Options;

/// <summary>What may be a name.</summary>
internal static class ParticipantNames
{
    private const int MaxLength = 32;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>1 to 32 ASCII letters, digits, '-', '_' and '.'.</summary>
    public static bool IsValid(string name) => name.Length is >= 1 and <= MaxLength && !name.AsSpan().ContainsAnyExcept(Allowed);
}
