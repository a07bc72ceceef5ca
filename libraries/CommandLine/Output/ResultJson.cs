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
            new EnumConverters(),
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower),
            new TextConverter<TimeSpan>(),
            new TextConverter<IPAddress>(),
            new TextConverter<IPEndPoint>(),
            new StyledTextConverter(),
        },
    };

    // Values as they would be typed.
    private sealed class TextConverter<T> : JsonConverter<T>
    {
        private static readonly ValueParser Parser = ValueParser.Of(typeof(T))!;

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Parser.TryRead(reader.GetString()!, out var value)
                ? (T)value!
                : throw new JsonException($"{Parser.Expected} is expected");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(ValueParser.Format(value));
    }

    private sealed class StyledTextConverter : JsonConverter<StyledText>
    {
        public override StyledText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? new StyledText(reader.GetString()!) : throw new JsonException("a text is expected");

        public override void Write(Utf8JsonWriter writer, StyledText value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    // Of enums whose values are one name each; those of flags can be several.
    private sealed class EnumConverters : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum && !typeToConvert.IsDefined(typeof(FlagsAttribute), inherit: false);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(TextConverter<>).MakeGenericType(typeToConvert))!;
    }
}
