using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

/// <summary>One line of the log, complete, so that it can be written later on another thread.</summary>
internal sealed record LogEntry(
    DateTimeOffset Time,
    LogLevel Level,
    string Category,
    int EventId,
    string Message,
    ImmutableArray<KeyValuePair<string, object?>> Fields,
    string? Exception)
{
    /// <summary>Makes an entry; values that could change later are taken as text now.</summary>
    public static LogEntry Of<TState>(
        DateTimeOffset time, LogLevel level, string category, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        new(time, level, category, eventId.Id, formatter(state, exception), FieldsOf(state), exception?.ToString());

    /// <summary>The line, without its end.</summary>
    public string Format(LogFormat format) => format == LogFormat.Json ? ToJson() : ToText();

    private static ImmutableArray<KeyValuePair<string, object?>> FieldsOf<TState>(TState state) =>
        state is not IEnumerable<KeyValuePair<string, object?>> fields ? []
        : [.. fields.Where(f => f.Key != "{OriginalFormat}").Select(f => KeyValuePair.Create(f.Key, Freeze(f.Value)))];

    private static object? Freeze(object? value) => value switch
    {
        null or string or bool or int or long or uint or ulong or double or float or decimal or short or byte => value,
        _ => ValueParser.Format(value),
    };

    private static string OneLine(string text) =>
        text.AsSpan().ContainsAny("\r\n") ? text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal) : text;

    private string ToText()
    {
        var line = new StringBuilder();
        line.Append(Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(ValueParser.Format(Level).PadRight(11)).Append(' ').Append(Category).Append(": ").Append(OneLine(Message));
        foreach (var (name, value) in Fields)
        {
            line.Append(' ').Append(name).Append('=').Append(Quoting.Quote(ValueParser.Format(value)));
        }

        if (Exception is not null)
        {
            line.Append(' ').Append(OneLine(Exception));
        }

        return line.ToString();
    }

    private string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("time", Time.UtcDateTime);
            json.WriteString("level", ValueParser.Format(Level));
            json.WriteString("category", Category);
            if (EventId != 0)
            {
                json.WriteNumber("event", EventId);
            }

            json.WriteString("message", Message);
            if (Fields.Length > 0)
            {
                json.WriteStartObject("fields");
                foreach (var (name, value) in Fields)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, value);
                }

                json.WriteEndObject();
            }

            if (Exception is not null)
            {
                json.WriteString("exception", Exception);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case double number when !double.IsFinite(number):
                json.WriteStringValue(ValueParser.Format(number));
                break;
            case float number when !float.IsFinite(number):
                json.WriteStringValue(ValueParser.Format(number));
                break;
            default:
                json.WriteRawValue(ValueParser.Format(value));
                break;
        }
    }
}
