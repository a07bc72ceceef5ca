using ChittyChat.Membership.Wire;

namespace ChittyChat.Membership.Serf;

/// <summary>Serf's own queries for exchanging keys (`serf keys -install`, -use, -remove, -list).</summary>
internal static class SerfKeyQueries
{
    private const int MaxKeyText = 64;

    /// <summary>The payload of the answer; null when the query is none of these.</summary>
    public static byte[]? Answer(SerfQuery query, Keyring keyring)
    {
        var lists = query.Name == "_serf_list-keys";
        Action<byte[]>? change = query.Name switch
        {
            "_serf_install-key" => key => keyring.Add(key),
            "_serf_use-key" => key => keyring.Use(key),
            "_serf_remove-key" => key => keyring.Remove(key),
            _ => null,
        };
        if (change is null && !lists)
        {
            return null;
        }

        if (!keyring.IsEnabled)
        {
            return Write(false, "Keyring is empty (encryption not enabled)", keyring, lists);
        }

        try
        {
            change?.Invoke(ReadKey(query.Payload));
            return Write(true, "", keyring, lists);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return Write(false, e.Message, keyring, lists);
        }
    }

    private static byte[] ReadKey(byte[] payload)
    {
        if (payload.Length < 1 || payload[0] != (byte)SerfMessageType.KeyRequest)
        {
            throw new FormatException("The request has no key.");
        }

        var key = Array.Empty<byte>();
        var reader = new MsgPackReader(payload.AsSpan(1));
        var read = reader.TryReadMapHeader(out var count);
        for (; read && count > 0; count--)
        {
            ReadOnlySpan<byte> bytes = default;
            read = reader.TryReadRaw(out var name) && (name.SequenceEqual("Key"u8) ? reader.TryReadRaw(out bytes) : reader.TrySkip());
            key = bytes.Length is > 0 and <= MaxKeyText ? bytes.ToArray() : key;
        }

        return key;
    }

    private static byte[] Write(bool success, string message, Keyring keyring, bool lists)
    {
        var writer = new ByteWriter(256);
        writer.WriteByte((byte)SerfMessageType.KeyResponse);
        writer.WriteMapHeader(4);
        writer.WriteRaw("Keys"u8);
        if (lists && success)
        {
            writer.WriteArrayHeader(keyring.Keys.Count);
            foreach (var key in keyring.Keys)
            {
                writer.WriteString(Convert.ToBase64String(key.Span));
            }
        }
        else
        {
            writer.WriteNil();
        }

        writer.WriteRaw("Message"u8);
        writer.WriteString(message);
        writer.WriteRaw("PrimaryKey"u8);
        writer.WriteString(lists && success ? Convert.ToBase64String(keyring.Keys[0].Span) : "");
        writer.WriteRaw("Result"u8);
        writer.WriteBool(success);
        return writer.ToArray();
    }
}
