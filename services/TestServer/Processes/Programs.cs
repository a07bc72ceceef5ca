using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Processes;

/// <summary>Finds the programs of the system that a run starts.</summary>
/// <param name="peer">Where the peer is, if the caller says so.</param>
internal sealed class Programs(string? peer)
{
    /// <summary>The peer's program.</summary>
    public string Peer => peer ?? Find("Peer");

    public static string Bootstrap => Find("Bootstrap");

    public static string Registry => Find("Registry");

    // In one folder for all; or beside this project's output, as "artifacts/bin/Peer/debug" lies beside "artifacts/bin/TestServer/debug".
    private static string Find(string project)
    {
        var file = $"ChittyChat.{project}.dll";
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] places = [Path.Combine(own, file), Path.Combine(own, "..", "..", project, Path.GetFileName(own), file), Path.Combine(own, "..", project, file)];
        return places.Select(Path.GetFullPath).FirstOrDefault(HasRuntimeConfiguration)
            ?? throw new StageException($"{file} was not found; looked for it at {string.Join(", ", places.Select(Path.GetFullPath))}. Build the solution first"
                + (project == "Peer" ? ", or name the peer's program with --peer." : "."));
    }

    // Without it the file is only a reference that somebody compiled against.
    private static bool HasRuntimeConfiguration(string path) => File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json"));
}
