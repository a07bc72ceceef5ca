using System.Diagnostics;

namespace ChittyChat.CommandLine.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void The_program_in_the_readme_is_the_sample()
    {
        var program = File.ReadAllText(FromRoot("tests/CommandLine.Sample/Program.cs"));
        Assert.Contains($"```csharp\n{program}```", File.ReadAllText(FromRoot("libraries/CommandLine/README.md")), StringComparison.Ordinal);
        Assert.InRange(program.Split('\n').Count(line => line.Length > 0), 10, 20);
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
