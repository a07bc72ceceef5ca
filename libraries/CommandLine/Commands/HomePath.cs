namespace ChittyChat.CommandLine;

/// <summary>Paths that begin with <c>~</c>, as people know them from their shell.</summary>
internal static class HomePath
{
    /// <summary>Puts the user's home directory in the place of a leading <c>~</c>; <c>~bob</c>, and a <c>~</c> anywhere else, is part of a name.</summary>
    public static string Expand(string path) => path is "~" or ['~', '/', ..] || (OperatingSystem.IsWindows() && path is ['~', '\\', ..])
        ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) + path[1..]
        : path;
}
