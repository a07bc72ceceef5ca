using System.Collections.Frozen;
using System.Text;
using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership;

/// <summary>Tags in a member's metadata, in Serf's encoding: the byte 0xFF and a msgpack map of strings to strings.</summary>
public static class MemberTags
{
    private const byte Magic = 0xff;

    /// <summary>Encodes tags, sorted by key.</summary>
    /// <exception cref="ArgumentException">A key comes twice, or the result would have more than 512 bytes.</exception>
    public static byte[] Encode(IEnumerable<KeyValuePair<string, string>> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var sorted = tags.OrderBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var writer = new ByteWriter();
        writer.WriteByte(Magic);
        writer.WriteMapHeader(sorted.Length);
        string? before = null;
        foreach (var (key, value) in sorted)
        {
            if (key == before)
            {
                throw new ArgumentException($"The tag '{key}' comes twice.", nameof(tags));
            }

            before = key;
            writer.WriteString(key);
            writer.WriteString(value);
        }

        return writer.Length <= MembershipOptions.MaxMetadataLength
            ? writer.ToArray()
            : throw new ArgumentException($"The tags need {writer.Length} bytes, but at most {MembershipOptions.MaxMetadataLength} are allowed.", nameof(tags));
    }

    /// <summary>
    /// Decodes tags. Metadata that does not start with 0xFF is one tag named "role", as Serf reads it; empty metadata gives no tags.
    /// </summary>
    /// <exception cref="FormatException">The metadata starts like tags but is not a complete map of strings.</exception>
    public static IReadOnlyDictionary<string, string> Decode(ReadOnlySpan<byte> metadata)
    {
        if (metadata.IsEmpty)
        {
            return FrozenDictionary<string, string>.Empty;
        }

        if (metadata[0] != Magic)
        {
            return new Dictionary<string, string>(StringComparer.Ordinal) { ["role"] = Encoding.UTF8.GetString(metadata) };
        }

        var reader = new MsgPackReader(metadata[1..]);
        var read = reader.TryReadMapHeader(out var count);
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (; read && count > 0; count--)
        {
            read = reader.TryReadRaw(out var key) & reader.TryReadRaw(out var value);
            if (read)
            {
                tags[Encoding.UTF8.GetString(key)] = Encoding.UTF8.GetString(value);
            }
        }

        return read ? tags : throw new FormatException("The metadata starts with 0xFF like tags, but is not a complete msgpack map of strings.");
    }
}
