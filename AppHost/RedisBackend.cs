using System.ComponentModel;
using System.Diagnostics;

namespace ChittyChat.AppHost;

/// <summary>Where Redis comes from: decided once, and said.</summary>
/// <param name="Kind">The choice; null when what was asked for is not to be had.</param>
/// <param name="Text">What the user is told about it.</param>
/// <param name="IsTrouble">Whether something is missing.</param>
internal sealed record RedisBackend(RedisKind? Kind, string Text, bool IsTrouble)
{
    private const string HowToInstall = "(Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)";

    private static readonly TimeSpan EngineAnswersWithin = TimeSpan.FromSeconds(5);

    /// <summary>Gives the kind that was <paramref name="wanted"/>, or else the first that works on this machine.</summary>
    public static async Task<RedisBackend> ChooseAsync(RedisKind? wanted) => Choose(
        wanted,
        wanted is null or RedisKind.Container ? await FindContainerEngineAsync() : null,
        wanted is null or RedisKind.Local ? FindOnPath("redis-server") : null);

    /// <summary>The choice between the container engine and the redis-server that are here; null for one that is not.</summary>
    internal static RedisBackend Choose(RedisKind? wanted, string? engine, string? server) => (wanted, engine, server) switch
    {
        (null or RedisKind.Container, { }, _) => new(RedisKind.Container, $"Redis: a container ({engine}).", IsTrouble: false),
        (RedisKind.Local, _, { }) => new(RedisKind.Local, $"Redis: {server}, on a free port.", IsTrouble: false),
        (null, null, { }) => new(RedisKind.Local, $"Redis: {server}, on a free port (no container engine answers).", IsTrouble: false),
        (RedisKind.None, _, _) => new(RedisKind.None, "Redis: none; registry and bootstrap keep their data in memory.", IsTrouble: false),
        (RedisKind.Container, _, _) => new(
            null,
            "AppHost: --redis container needs a container engine, and neither 'docker' nor 'podman' answers. Start one, or use --redis local or none.",
            IsTrouble: true),
        (RedisKind.Local, _, _) => new(
            null, $"AppHost: --redis local needs 'redis-server' on the PATH {HowToInstall}.", IsTrouble: true),
        _ => new(
            RedisKind.None,
            "Warning: there is no Redis: no container engine (docker, podman) answers, and 'redis-server' is not on the PATH. "
            + "Registry and bootstrap keep their data in memory and forget it when they stop. "
            + $"To have one: start docker or podman, or install redis-server {HowToInstall}.",
            IsTrouble: true),
    };

    /// <summary>Writes the choice to the console.</summary>
    public void Announce() => (IsTrouble ? Console.Error : Console.Out).WriteLine(Text);

    // Having the command is not enough: its engine has to answer. Both are asked at once, since either may hang.
    private static async Task<string?> FindContainerEngineAsync()
    {
        string[] engines = ["docker", "podman"];
        var answers = await Task.WhenAll(engines.Select(AnswersAsync));
        return engines.Zip(answers).FirstOrDefault(e => e.Second).First;
    }

    private static async Task<bool> AnswersAsync(string engine)
    {
        if (FindOnPath(engine) is not { } path)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(EngineAnswersWithin, TimeProvider.System);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, ["ps", "--quiet"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            try
            {
                // What it says does not matter, but a full pipe would stop it.
                await Task.WhenAll(
                    process.StandardOutput.ReadToEndAsync(timeout.Token),
                    process.StandardError.ReadToEndAsync(timeout.Token),
                    process.WaitForExitAsync(timeout.Token));
                return process.ExitCode == 0;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return false;
            }
        }
        catch (Win32Exception)
        {
            // On the PATH, but not to be run by us.
            return false;
        }
    }

    private static string? FindOnPath(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? command + ".exe" : command))
            .FirstOrDefault(File.Exists);
}

internal static class RedisBackendExtensions
{
    /// <summary>Adds the resource <c>redis</c>, or gives null where there is none.</summary>
    public static IResourceBuilder<IResourceWithConnectionString>? AddRedisBackend(this IDistributedApplicationBuilder builder, RedisKind kind) =>
        kind switch
        {
            RedisKind.Container => builder.AddRedis("redis"),
            RedisKind.Local => builder.AddLocalRedis("redis"),
            _ => null,
        };
}
