using ChittyChat.TestSupport;

namespace ChittyChat.CommandLine.Tests.Terminal;

/// <summary>The test program in a real terminal.</summary>
internal static class TestProgram
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ChittyChat.CommandLine.TestProgram.dll");

    /// <summary>Starts it, and waits for its prompt.</summary>
    public static async Task StartProgramAsync(this Tmux tmux)
    {
        await tmux.RunShellAsync($"clear; dotnet '{Program}' '{tmux.HistoryPath()}'");
        await tmux.ShowsAsync("Ready.", "test>");
    }

    /// <summary>Where its history is.</summary>
    public static string HistoryPath(this Tmux tmux) => Path.Combine(tmux.Directory, "test.history");
}
