using System.Text.Json;

namespace ChittyChat.CommandLine;

/// <summary>The settings of a running program, in sections that each layer registers: saved as a readable file, loaded as a whole or not at all.</summary>
public sealed partial class SettingsStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Registered> _sections = new(StringComparer.Ordinal);
    private readonly JsonSerializerOptions _json = new(ResultJson.CreateOptions())
    {
        WriteIndented = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The names of the sections.</summary>
    public IReadOnlyList<string> SectionNames => [.. Sections().Keys];

    /// <summary>Registers a section.</summary>
    /// <param name="name">Its name in the file: "membership".</param>
    /// <param name="version">Its version: raise it when a file of the old shape means something else now. Files with another version are refused.</param>
    /// <param name="get">Gives the settings now; a record of simple values, durations, enums.</param>
    /// <param name="validate">Throws <see cref="CommandException"/> if settings cannot be applied; changes nothing.</param>
    /// <param name="apply">Applies settings that were validated; called only after every section of the file is valid.</param>
    /// <typeparam name="T">The settings.</typeparam>
    public void Section<T>(string name, int version, Func<T> get, Action<T> validate, Action<T> apply)
        where T : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(validate);
        ArgumentNullException.ThrowIfNull(apply);
        var section = new Registered(
            version,
            () => JsonSerializer.SerializeToElement(get(), _json),
            element =>
            {
                var settings = element.Deserialize<T>(_json) ?? throw new CommandException("the section is null");
                validate(settings);
                return () => apply(settings);
            });
        lock (_gate)
        {
            if (!_sections.TryAdd(name, section))
            {
                throw new ArgumentException($"The section \"{name}\" is registered already.", nameof(name));
            }
        }
    }

    private sealed record Registered(int Version, Func<JsonElement> Get, Func<JsonElement, Action> Validate);
}
