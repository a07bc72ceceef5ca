using System.Diagnostics;
using System.Globalization;

namespace ChittyChat.TestSupport;

/// <summary>A real terminal: a tmux server of its own, with a shell in it.</summary>
public sealed class Tmux : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("tmux-");

    private string Socket => Path.Combine(_directory.FullName, "socket");

    /// <summary>A directory that goes when the terminal goes.</summary>
    public string Directory => _directory.FullName;

    public static async Task<Tmux> StartAsync(int columns, int rows)
    {
        var tmux = new Tmux();
        await tmux.RunAsync("-f", "/dev/null", "new-session", "-d", "-x", Text(columns), "-y", Text(rows), "env PS1='$ ' HISTFILE= bash --norc --noprofile -i");
        await tmux.ShowsAsync("$");
        return tmux;
    }

    /// <summary>Types a command into the shell, and Enter.</summary>
    public async Task RunShellAsync(string command)
    {
        await TypeAsync(command);
        await PressAsync("Enter");
    }

    public Task TypeAsync(string text) => RunAsync("send-keys", "-l", text);

    /// <summary>Presses keys by tmux's names for them.</summary>
    public Task PressAsync(params string[] keys) => RunAsync(["send-keys", .. keys]);

    public async Task PasteAsync(string text)
    {
        await RunAsync("set-buffer", text);
        await RunAsync("paste-buffer", "-p");
    }

    public Task ResizeAsync(int columns, int rows) => RunAsync("resize-window", "-x", Text(columns), "-y", Text(rows));

    /// <summary>Waits until the screen shows exactly these rows, from the top, and nothing below.</summary>
    public Task ShowsAsync(params string[] rows) => ShowsAsync(shown => shown.SequenceEqual(rows), string.Join('\n', rows));

    /// <summary>Waits until the rows satisfy a condition; lines that the terminal has wrapped count as one row, unless <paramref name="asWrapped"/>.</summary>
    public async Task<string[]> ShowsAsync(Func<string[], bool> isExpected, string description, bool withScrolledOut = false, bool asWrapped = false)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var shown = await RowsAsync(withScrolledOut, asWrapped);
            if (isExpected(shown))
            {
                return shown;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"The terminal should show\n{description}\nbut shows\n{string.Join('\n', shown)}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }

    /// <summary>The cursor's column and row.</summary>
    public async Task<string> CursorAsync() => (await RunAsync("display-message", "-p", "#{cursor_x},#{cursor_y}")).Trim();

    public async ValueTask DisposeAsync()
    {
        await RunAsync("kill-server");
        _directory.Delete(recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Rows that are empty at the end are left out.
    private async Task<string[]> RowsAsync(bool withScrolledOut, bool asWrapped)
    {
        string[] joined = asWrapped ? [] : ["-J"], from = withScrolledOut ? ["-S", "-"] : [];
        var text = await RunAsync(["capture-pane", "-p", .. joined, .. from]);
        return [.. text.Split('\n').Select(row => row.TrimEnd()).Reverse().SkipWhile(row => row.Length == 0).Reverse()];
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-S", Socket, "-u", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment.Remove("TMUX");
        start.Environment.Remove("NO_COLOR");
        using var process = Process.Start(start) ?? throw new InvalidOperationException("tmux did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        Assert.True(process.ExitCode == 0, $"tmux {string.Join(' ', arguments)}: {await error}");
        return await output;
    }
}
