using System.Globalization;

namespace ChittyChat.TestServer.Results;

/// <summary>Where the files of one run are: <c>runs/&lt;scenario&gt;/&lt;UTC time&gt;</c>; <c>latest</c> beside it leads to the newest.</summary>
internal sealed class RunDirectory
{
    public const string RecordFile = "events.jsonl";
    public const string JUnitFile = "junit.xml";
    public const string SummaryFile = "summary.txt";
    public const string ScriptFile = "script.chat";

    private const string Latest = "latest";

    private RunDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>The time in its name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Makes a directory that nobody has yet.</summary>
    public static RunDirectory Create(string root, string scenario, DateTimeOffset started)
    {
        var parent = System.IO.Path.GetFullPath(System.IO.Path.Combine(root, scenario));
        var name = started.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        for (var attempt = 1; ; attempt++)
        {
            var path = System.IO.Path.Combine(parent, attempt == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{attempt}"));
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                return new RunDirectory(path);
            }
        }
    }

    /// <summary>Takes it away again: there is no run.</summary>
    public void Discard()
    {
        Directory.Delete(Path, recursive: true);
        var parent = Directory.GetParent(Path)!;
        if (!parent.EnumerateFileSystemInfos().Any())
        {
            parent.Delete();
        }
    }

    public string PathOf(string file) => System.IO.Path.Combine(Path, file);

    public Task WriteAsync(string file, string text) => File.WriteAllTextAsync(PathOf(file), text);

    /// <summary>Lets <c>latest</c> lead here. Where links are not allowed, there is none.</summary>
    public void BecomeLatest()
    {
        var link = System.IO.Path.Combine(Directory.GetParent(Path)!.FullName, Latest);
        try
        {
            if (Directory.Exists(link) || File.Exists(link))
            {
                File.Delete(link);
            }

            Directory.CreateSymbolicLink(link, Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A convenience; two runs that end at the same moment may also meet here.
        }
    }
}
