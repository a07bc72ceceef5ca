namespace ChittyChat.TestSupport;

/// <summary>The checkout that the tests were built from: where the pages are that tests compare with the code.</summary>
public static class Repository
{
    /// <summary>Its folder. Found from where the tests run, because builds may map the paths of sources.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"Aspire.sln is not above {AppContext.BaseDirectory}.");
    }
}
