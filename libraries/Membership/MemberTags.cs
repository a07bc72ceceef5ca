namespace ChittyChat.Membership;

/// <summary>Tags in a member's metadata, in Serf's encoding: the byte 0xFF and a msgpack map of strings to strings.</summary>
public static class MemberTags
{
    /// <summary>Encodes tags, sorted by key.</summary>
    /// <exception cref="ArgumentException">The result would have more than 512 bytes.</exception>
    public static byte[] Encode(IEnumerable<KeyValuePair<string, string>> tags) => throw new NotImplementedException();

    /// <summary>
    /// Decodes tags. Metadata that does not start with 0xFF is one tag named "role", as Serf reads it; empty metadata gives no tags.
    /// </summary>
    /// <exception cref="FormatException">The metadata starts like tags but is not a complete map of strings.</exception>
    public static IReadOnlyDictionary<string, string> Decode(ReadOnlySpan<byte> metadata) => throw new NotImplementedException();
}
