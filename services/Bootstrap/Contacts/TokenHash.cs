using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChittyChat.Bootstrap;

/// <summary>The SHA-256 of a token, as hexadecimal text: the store never sees the token itself.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct TokenHash(string Hex)
{
    public static TokenHash Of(string token) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))));

    /// <summary>Takes the same time wherever the difference is.</summary>
    public bool Equals(TokenHash other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Hex), Encoding.UTF8.GetBytes(other.Hex));

    public override int GetHashCode() => string.GetHashCode(Hex, StringComparison.Ordinal);

    public override string ToString() => "(token hash)";

    internal sealed class Converter : JsonConverter<TokenHash>
    {
        public override TokenHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetString() ?? throw new JsonException("A token hash is null."));

        public override void Write(Utf8JsonWriter writer, TokenHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
    }
}
