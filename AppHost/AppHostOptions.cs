using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ChittyChat.AppHost;

/// <summary>Which Redis the system uses.</summary>
internal enum RedisKind
{
    /// <summary>A container, where docker or podman answers.</summary>
    Container,

    /// <summary>The machine's own redis-server.</summary>
    Local,

    /// <summary>No Redis: registry and bootstrap keep their data in memory.</summary>
    None,
}

/// <summary>What can be said about the system on the command line.</summary>
/// <param name="Peers">How many peers start with the system.</param>
/// <param name="Spare">How many more peers are there to be started later.</param>
/// <param name="Redis">The Redis that was asked for, or null to take the first that works.</param>
internal sealed record AppHostOptions(int Peers, int Spare, RedisKind? Redis)
{
    /// <summary>The exit code for a command line that is not understood.</summary>
    public const int UsageError = 2;

    private const string Usage = """
        Chitty-Chat under Aspire: bootstrap service, registry, peers and the lab's web page.

        dotnet run --project AppHost -- [options]

          --peers N      peers that start with the system, 1 to 50 (default 3)
          --spare N      further peers, started from the Aspire dashboard, 0 to 50 (default 5)
          --redis KIND   container, local (this machine's redis-server) or none (everything in memory);
                         default: the first of them that works here
          --help         this text
        """;

    private static AppHostOptions Default { get; } = new(Peers: 3, Spare: 5, Redis: null);

    /// <summary>
    /// Reads the command line. False when the program is to end at once: help was asked for (exit code 0), or something was wrong
    /// (<see cref="UsageError"/>); what there is to say has been written then.
    /// </summary>
    public static bool TryRead(string[] args, [NotNullWhen(true)] out AppHostOptions? options, out int exitCode)
    {
        (options, exitCode) = (null, 0);
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.Out.WriteLine(Usage);
            return false;
        }

        try
        {
            options = Parse(args);
            return true;
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"AppHost: {e.Message}{Environment.NewLine}Try 'dotnet run --project AppHost -- --help'.");
            exitCode = UsageError;
            return false;
        }
    }

    /// <summary>Gives the options that <paramref name="args"/> ask for.</summary>
    /// <exception cref="FormatException">An argument is unknown or out of its range; the message says which, and what is right.</exception>
    internal static AppHostOptions Parse(string[] args)
    {
        var options = Default;
        for (var i = 0; i < args.Length; i++)
        {
            // Both "--peers 5" and "--peers=5".
            var (name, value) = args[i].IndexOf('=', StringComparison.Ordinal) is var split and > 0
                ? (args[i][..split], args[i][(split + 1)..])
                : (args[i], null);
            if (name is not ("--peers" or "--spare" or "--redis"))
            {
                throw new FormatException($"'{args[i]}' is not an option; there are --peers, --spare, --redis and --help.");
            }

            value ??= ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value.");
            options = name switch
            {
                "--peers" => options with { Peers = Number(name, value, least: 1) },
                "--spare" => options with { Spare = Number(name, value, least: 0) },
                _ => options with { Redis = Kind(value) },
            };
        }

        return options;
    }

    private static int Number(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= 50
            ? number
            : throw new FormatException($"{name} is '{value}'; a whole number from {least} to 50 is expected.");

    private static RedisKind Kind(string value) => value switch
    {
        "container" => RedisKind.Container,
        "local" => RedisKind.Local,
        "none" => RedisKind.None,
        _ => throw new FormatException($"--redis is '{value}'; container, local or none is expected."),
    };
}
