using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChittyChat.BootstrapApi;

// Of a problem document (RFC 9457), what the client reads.
internal sealed record ProblemBody
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public string? Detail { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJsonContext : JsonSerializerContext;
