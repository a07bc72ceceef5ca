using System.ComponentModel;
using System.Diagnostics;

namespace ChittyChat.AppHost;

/// <summary>Decides, once and visibly, where Redis comes from.</summary>
internal static class RedisBackend
{
    private static readonly TimeSpan EngineAnswersWithin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gives the kind that was <paramref name="wanted"/>, or else the first that works here. Null when the wanted one is not to be had.
    /// What was chosen, and what is missing, has been written then.
    /// </summary>
    public static async Task<RedisKind?> ChooseAsync(RedisKind? wanted)
    {
        if (wanted is null or RedisKind.Container && await FindContainerEngineAsync() is { } engine)
        {
            Console.Out.WriteLine($"Redis: a container ({engine}).");
            return RedisKind.Container;
        }

        if (wanted is null or RedisKind.Local && FindOnPath("redis-server") is { } server)
        {
            Console.Out.WriteLine($"Redis: {server} on a free port{(wanted is null ? " (no container engine answers)" : "")}.");
            return RedisKind.Local;
        }

        switch (wanted)
        {
            case RedisKind.Container:
                Console.Error.WriteLine(
                    "AppHost: --redis container needs a container engine, and neither 'docker' nor 'podman' answers. Start one, or use --redis local or none.");
                return null;
            case RedisKind.Local:
                Console.Error.WriteLine(
                    "AppHost: --redis local needs 'redis-server' on the PATH (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).");
                return null;
            case RedisKind.None:
                Console.Out.WriteLine("Redis: none; registry and bootstrap keep their data in memory.");
                return RedisKind.None;
            default:
                Console.Error.WriteLine(
                    "Warning: there is no Redis: no container engine (docker, podman) answers and 'redis-server' is not on the PATH. " +
                    "Registry and bootstrap keep their data in memory and forget it when they stop. " +
                    "To have one: start docker or podman, or install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).");
                return RedisKind.None;
        }
    }

    /// <summary>Adds the resource <c>redis</c>, or gives null for <see cref="RedisKind.None"/>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString>? AddRedisBackend(this IDistributedApplicationBuilder builder, RedisKind kind) =>
        kind switch
        {
            RedisKind.Container => builder.AddRedis("redis"),
            RedisKind.Local => builder.AddLocalRedis("redis"),
            _ => null,
        };

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
