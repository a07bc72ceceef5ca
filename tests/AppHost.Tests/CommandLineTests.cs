using System.Diagnostics;

namespace ChittyChat.AppHost.Tests;

/// <summary>The program itself, as far as it goes without starting anything.</summary>
public sealed class CommandLineTests
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_wrong_number_of_peers_ends_it_with_exit_code_2_and_an_explanation()
    {
        var (exitCode, output, error) = await RunAsync("--peers", "0");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal(["AppHost: --peers is '0'; a whole number from 1 to 50 is expected.", "Try 'dotnet run --project AppHost -- --help'."], error.TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public async Task Help_explains_every_option_with_its_default()
    {
        var (exitCode, output, error) = await RunAsync("--help");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.All(["--peers N", "(default 3)", "--spare N", "(default 5)", "--redis KIND"], part => Assert.Contains(part, output, StringComparison.Ordinal));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        var program = typeof(AppHostOptions).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var timeout = new CancellationTokenSource(EndsWithin, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The AppHost with {string.Join(' ', args)} did not end within {EndsWithin.TotalSeconds} s.");
        }
    }
}
