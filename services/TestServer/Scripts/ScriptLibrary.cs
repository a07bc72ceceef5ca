namespace ChittyChat.TestServer.Scripts;

/// <summary>A script that comes with the coordinator.</summary>
internal sealed record ShippedScript(string Name, string Path, Script Script);

/// <summary>The scripts that come with the coordinator.</summary>
/// <param name="directory">Where they lie.</param>
internal sealed class ScriptLibrary(string directory)
{
    public const string Extension = ".chat";

    /// <summary>Those beside the program.</summary>
    public static ScriptLibrary OfProgram { get; } = new(Path.Combine(AppContext.BaseDirectory, "scenarios"));

    /// <summary>All of them, by name.</summary>
    /// <exception cref="ScriptException">One of them has a mistake.</exception>
    public IReadOnlyList<ShippedScript> Shipped() => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory, "*" + Extension).Order(StringComparer.Ordinal)
            .Select(path => new ShippedScript(Path.GetFileNameWithoutExtension(path), path, ScriptParser.Parse(path, File.ReadAllText(path))))]
        : [];

    /// <summary>The text of a shipped script.</summary>
    /// <param name="name">Its name, with or without ".chat".</param>
    /// <exception cref="FileNotFoundException">There is none of that name; the message suggests one.</exception>
    public (string File, string Text) Read(string name)
    {
        var wanted = name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? name[..^Extension.Length] : name;
        string[] names = Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)] : [];
        // By comparison with what is there: a name cannot lead out of the directory.
        return names.Contains(wanted)
            ? (wanted + Extension, File.ReadAllText(Path.Combine(directory, wanted + Extension)))
            : throw new FileNotFoundException($"There is no script '{name}'{(Suggestion.For(wanted, names) is { Length: > 0 } suggestion ? suggestion : "; there are " + string.Join(", ", names) + ".")}");
    }
}
