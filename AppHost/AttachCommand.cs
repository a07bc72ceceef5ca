using System.Reflection;

namespace ChittyChat.AppHost;

/// <summary>The command line that attaches a terminal to a peer.</summary>
internal static class AttachCommand
{
    // As the peers themselves are started: what was built with this AppHost.
    private static readonly string Configuration =
        typeof(AttachCommand).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is { Length: > 0 } built and not "Debug" ? $"-c {built} " : "";

    /// <param name="project">The peer's project.</param>
    /// <param name="address">Where its gRPC services are.</param>
    /// <param name="token">What it asks for.</param>
    public static string Line(string project, string address, string token)
    {
        var call = $"dotnet run --no-build {Configuration}--project \"{Path.GetDirectoryName(project)}\" -- attach {address}";
        // Others on the machine can read a command line, but not an environment; not every shell has a way to write that.
        return OperatingSystem.IsWindows() ? $"{call} --token {token}" : $"Console__Token={token} {call}";
    }
}
