using System.Text.Json;
using System.Text.Json.Serialization;
using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap;

/// <summary>The document in which the file and Redis keep the book.</summary>
internal static class StoredBookJson
{
    public static byte[] Write(StoredBook stored) => JsonSerializer.SerializeToUtf8Bytes(
        new Document { Version = stored.Version, Config = stored.Book.Config, Contacts = [.. stored.Book.Contacts] }, DocumentJsonContext.Default.Document);

    /// <exception cref="JsonException">It is not such a document; the message says where and why.</exception>
    public static StoredBook Read(ReadOnlySpan<byte> json)
    {
        var document = JsonSerializer.Deserialize(json, DocumentJsonContext.Default.Document) ?? throw new JsonException("The document is null.");
        if (document.Version < 1 || document.Contacts.Contains(null!) || document.Contacts.DistinctBy(c => c.Id).Count() != document.Contacts.Length)
        {
            throw new JsonException("The version is less than 1, or two contacts have the same id, or one is null.");
        }

        var errors = RequestRules.Check(document.Config);
        return errors.Count == 0
            ? new(document.Version, new ContactBook(document.Config, document.Contacts))
            : throw new JsonException(string.Join(' ', errors.Values.SelectMany(e => e)));
    }

    internal sealed record Document
    {
        public required long Version { get; init; }

        public required BootstrapConfig Config { get; init; }

        public required StoredContact[] Contacts { get; init; }
    }
}

// Indented: during development people read the file.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(StoredBookJson.Document))]
internal sealed partial class DocumentJsonContext : JsonSerializerContext;
