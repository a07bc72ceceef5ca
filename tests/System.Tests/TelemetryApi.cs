using System.Globalization;
using System.Text.Json;

namespace ChittyChat.System.Tests;

/// <summary>A span as the Aspire dashboard received it.</summary>
public sealed record ReceivedSpan(string Service, string Name, string SpanId, string? ParentSpanId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A log record as the Aspire dashboard received it.</summary>
public sealed record ReceivedLog(string Service, string Category, int Severity, string Text);

/// <summary>The telemetry API of the Aspire dashboard: proof that spans and logs arrived there.</summary>
public sealed class TelemetryApi : IDisposable
{
    private readonly HttpClient _http;

    public TelemetryApi(Uri dashboard, string key)
    {
        _http = new HttpClient { BaseAddress = dashboard };
        _http.DefaultRequestHeaders.Add("x-api-key", key);
    }

    public async Task<IReadOnlyList<ReceivedSpan>> SpansAsync(string traceId)
    {
        using var document = await GetAsync($"/api/telemetry/spans?traceId={traceId}&limit=10000");
        return [.. from resource in Items(document.RootElement, "data", "resourceSpans")
                   from scope in Items(resource, "scopeSpans")
                   from span in Items(scope, "spans")
                   where Text(span, "traceId") == traceId
                   select new ReceivedSpan(
                       ServiceOf(resource),
                       Text(span, "name")!,
                       Text(span, "spanId")!,
                       Text(span, "parentSpanId") is { Length: > 0 } parent ? parent : null,
                       Attributes(span))];
    }

    public async Task<IReadOnlyList<ReceivedLog>> LogsAsync()
    {
        using var document = await GetAsync("/api/telemetry/logs?limit=10000");
        return [.. from resource in Items(document.RootElement, "data", "resourceLogs")
                   from scope in Items(resource, "scopeLogs")
                   from log in Items(scope, "logRecords")
                   select new ReceivedLog(
                       ServiceOf(resource),
                       scope.TryGetProperty("scope", out var name) ? Text(name, "name") ?? "" : "",
                       log.TryGetProperty("severityNumber", out var severity) ? severity.GetInt32() : 0,
                       log.TryGetProperty("body", out var body) ? Text(body, "stringValue") ?? "" : "")];
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
    }

    private static string ServiceOf(JsonElement resource) => Attributes(resource.GetProperty("resource")).GetValueOrDefault("service.name", "");

    private static Dictionary<string, string> Attributes(JsonElement element) =>
        Items(element, "attributes").ToDictionary(a => Text(a, "key")!, a => Value(a.GetProperty("value")), StringComparer.Ordinal);

    private static string Value(JsonElement value)
    {
        var property = value.EnumerateObject().FirstOrDefault();
        return property.Value.ValueKind switch
        {
            JsonValueKind.String => property.Value.GetString()!,
            JsonValueKind.Undefined => "",
            _ => Convert.ToString(property.Value.GetRawText(), CultureInfo.InvariantCulture)!,
        };
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, params string[] path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return default;
            }
        }

        return element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : default;
    }
}
