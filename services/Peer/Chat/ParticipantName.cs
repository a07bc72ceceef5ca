namespace ChittyChat.Peer.Chat;

/// <summary>How a peer or a participant may be called.</summary>
internal static class ParticipantName
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxLength = 32;

    /// <summary>Says why <paramref name="name"/> is not valid; null when it is.</summary>
    public static string? RefusalOf(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return $"The name has {name.Length} characters; 1 to {MaxLength} are allowed.";
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return $"The name '{name}' is not valid; ASCII letters, digits, '-', '_' and '.' are allowed.";
            }
        }

        return null;
    }
}
