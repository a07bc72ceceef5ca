using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChittyChat.CommandLine;

/// <summary>How results and settings become JSON: camel case, names of enums as they are typed, durations like <c>200ms</c>, one line per document.</summary>
public static class ResultJson
{
    /// <summary>Makes the options.</summary>
    public static JsonSerializerOptions CreateOptions() => new(JsonSerializerDefaults.Web)
    {
        // Not for HTML: quotes and letters of all scripts stay readable. Control characters are escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower),
            new TextConverter<TimeSpan>(Durations.Format, text => Durations.TryParse(text, out var duration) ? duration : null),
            new TextConverter<StyledText>(text => text.ToString(), text => new StyledText(text)),
            new TextConverter<IPAddress>(address => address.ToString(), text => IPAddress.TryParse(text, out var address) ? address : null),
            new TextConverter<IPEndPoint>(end => end.ToString(), text => IPEndPoint.TryParse(text, out var end) ? end : null),
        },
    };

    private sealed class TextConverter<T>(Func<T, string> write, Func<string, object?> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && read(reader.GetString()!) is T value
                ? value
                : throw new JsonException($"{Naming.WithArticle(Naming.Words(typeof(T).Name))} is expected");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }
}
