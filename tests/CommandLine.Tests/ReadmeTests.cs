using System.Diagnostics;
using ChittyChat.TestSupport;

namespace ChittyChat.CommandLine.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void The_program_in_the_readme_is_the_sample()
    {
        var program = File.ReadAllText(FromRoot("tests/CommandLine.Sample/Program.cs"));
        Assert.Contains($"```csharp\n{program}```", File.ReadAllText(FromRoot("libraries/CommandLine/README.md")), StringComparison.Ordinal);
        Assert.InRange(program.Split('\n').Count(line => line.Length > 0), 10, 15);
    }

    [Fact]
    public async Task The_sample_does_what_the_readme_shows()
    {
        var shown = (await File.ReadAllTextAsync(FromRoot("libraries/CommandLine/README.md"))).Split("```console\n")[1].Split("\n```")[0].Split('\n');
        var input = shown[0].Split('\'')[1].Replace(@"\n", "\n", StringComparison.Ordinal);
        using var process = Process.Start(new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "ChittyChat.CommandLine.Sample.dll"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
            await process.WaitForExitAsync(patience.Token);
            string[] expected = [.. shown[1..]];
            Assert.Equal($"{expected[1]}\n", await errors);
            Assert.Equal($"{expected[0]}\n{expected[2]}\n", await output);
            Assert.Equal(int.Parse(expected[3]), process.ExitCode);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task The_sample_has_a_prompt_in_a_terminal()
    {
        await using var tmux = await Tmux.StartAsync(60, 12);
        await tmux.RunShellAsync($"clear; dotnet '{Path.Combine(AppContext.BaseDirectory, "ChittyChat.CommandLine.Sample.dll")}'; echo ended=$?");
        await tmux.ShowsAsync(">");
        await tmux.TypeAsync("/ping b");
        await tmux.PressAsync("Tab");
        await tmux.ShowsAsync("> /ping bob");
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync("> /ping bob", "bob: 1 x pong", ">");
        await tmux.TypeAsync("hello");
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync("> /ping bob", "bob: 1 x pong", "> hello", "you said: hello", ">");
        await tmux.PressAsync("C-d");
        await tmux.ShowsAsync("> /ping bob", "bob: 1 x pong", "> hello", "you said: hello", "ended=0", "$");
    }

    private static string FromRoot(string path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException($"No Aspire.sln above {AppContext.BaseDirectory}.");
        }

        return Path.Combine(directory.FullName, path);
    }
}
