using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChittyChat.CommandLine;

public sealed partial class SettingsStore
{
    private const string Format = "settings";
    private const int FormatVersion = 1;

    /// <summary>The settings now, as the text of a file.</summary>
    /// <param name="only">The one section to show; null for all.</param>
    /// <exception cref="CommandException">There is no such section.</exception>
    public string Show(string? only = null)
    {
        var sections = Sections();
        if (only is not null && !sections.ContainsKey(only))
        {
            throw new CommandException($"there is no section \"{only}\"", $"There are {string.Join(", ", sections.Keys)}.", ExitCodes.Usage);
        }

        var document = new JsonObject { ["format"] = Format, ["version"] = FormatVersion };
        foreach (var (name, section) in sections.Where(s => only is null || s.Key == only))
        {
            document[name] = new JsonObject { ["version"] = section.Version, ["settings"] = JsonNode.Parse(section.Get().GetRawText()) };
        }

        return document.ToJsonString(_json);
    }

    /// <summary>Writes all sections to a file: whole, or not at all.</summary>
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public async Task SaveAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);

        // Beside the file, so that the exchange is a rename within one file system.
        var draft = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            await File.WriteAllTextAsync(draft, Show() + Environment.NewLine, cancellationToken);
            File.Move(draft, full, overwrite: true);
        }
        catch (DirectoryNotFoundException)
        {
            throw new CommandException($"{path} cannot be written: there is no directory {Path.GetDirectoryName(full)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be written: {e.Message}");
        }
        finally
        {
            if (File.Exists(draft))
            {
                File.Delete(draft);
            }
        }
    }

    /// <summary>Loads a file: every section is read and validated before the first one is applied. Sections that it does not have stay as they are.</summary>
    /// <returns>The names of the sections that were applied.</returns>
    /// <exception cref="CommandException">The file, or a section of it, cannot be used; nothing has changed.</exception>
    public async Task<IReadOnlyList<string>> LoadAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Apply(await File.ReadAllTextAsync(path, cancellationToken));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"there is no file {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
        catch (CommandException e)
        {
            throw new CommandException($"{path}: {e.Message}", e.Hint, e.ExitCode);
        }
    }

    private List<string> Apply(string text)
    {
        var sections = Sections();
        using var document = Parse(text);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format)
            || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
        {
            throw new CommandException("this is no file of settings", $"It has to begin with \"format\": \"{Format}\", as /settings show writes it.");
        }

        CheckVersion(root, FormatVersion, "the file");
        var apply = new List<(string Name, Action Apply)>();
        foreach (var property in root.EnumerateObject().Where(p => p.Name is not ("format" or "version")))
        {
            if (!sections.TryGetValue(property.Name, out var section))
            {
                throw new CommandException($"the section \"{property.Name}\" is unknown here", $"There are {string.Join(", ", sections.Keys)}.");
            }

            apply.Add((property.Name, Validate(property, section)));
        }

        foreach (var (_, action) in apply)
        {
            action();
        }

        return [.. apply.Select(a => a.Name)];
    }

    private static Action Validate(JsonProperty property, Registered section)
    {
        if (property.Value.ValueKind != JsonValueKind.Object || !property.Value.TryGetProperty("settings", out var settings))
        {
            throw new CommandException($"the section \"{property.Name}\" has no \"settings\"");
        }

        CheckVersion(property.Value, section.Version, $"the section \"{property.Name}\"");
        try
        {
            return section.Validate(settings);
        }
        catch (JsonException e)
        {
            var where = e.Path is null or "$" ? "" : $" at {e.Path.TrimStart('$', '.')}";
            throw new CommandException($"the section \"{property.Name}\" cannot be read{where}: {Explain(e)}");
        }
        catch (CommandException e)
        {
            throw new CommandException($"the section \"{property.Name}\" is refused: {e.Message}", e.Hint);
        }
    }

    private static string Explain(JsonException e)
    {
        // The serializer appends " Path: … | LineNumber: …", counted within the section, which would mislead.
        var end = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        var message = end < 0 ? e.Message : e.Message[..end];

        // It goes on with the name of a type, which is for programmers.
        return message.StartsWith("The JSON value could not be converted to ", StringComparison.Ordinal) ? "a value of another kind is expected" : message;
    }

    private static void CheckVersion(JsonElement holder, int expected, string what)
    {
        if (!holder.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number))
        {
            throw new CommandException($"{what} has no version");
        }

        if (number != expected)
        {
            throw new CommandException($"{what} has version {number}, but this program reads version {expected}");
        }
    }

    private static JsonDocument Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new CommandException("the file is empty");
        }

        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new CommandException($"line {e.LineNumber + 1} is no JSON: {Explain(e).Split(" LineNumber: ")[0]}");
        }
    }

    private SortedDictionary<string, Registered> Sections()
    {
        lock (_gate)
        {
            return new(_sections, StringComparer.Ordinal);
        }
    }
}
