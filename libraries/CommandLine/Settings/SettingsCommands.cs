using System.Text.Json;

namespace ChittyChat.CommandLine;

[CommandGroup("settings", "save and load the settings of all layers")]
internal sealed class SettingsCommands(SettingsStore store)
{
    [Command("settings show", "Show the settings now, as they would be saved")]
    public object Show(CommandContext context, [Argument("section", "The one section to show", Completions = nameof(Sections))] string? section = null)
    {
        var text = store.Show(section);
        return context.Json ? JsonSerializer.Deserialize<JsonElement>(text) : text;
    }

    [Command("settings save", "Write all settings to a file", IsLocal = true)]
    public async Task<string> SaveAsync([Argument("file", "The file; it is replaced")] FileInfo file, CancellationToken cancellationToken)
    {
        await store.SaveAsync(file.ToString(), cancellationToken);
        return $"saved to {file}";
    }

    [Command("settings load", "Load settings from a file: all of it, or nothing if something is wrong with it", IsLocal = true)]
    public async Task<string> LoadAsync([Argument("file", "The file")] FileInfo file, CancellationToken cancellationToken)
    {
        var loaded = await store.LoadAsync(file.ToString(), cancellationToken);
        return loaded.Count == 0 ? $"{file} has no sections: nothing changed" : $"loaded {string.Join(", ", loaded)}";
    }

    private IEnumerable<string> Sections() => store.SectionNames;
}
