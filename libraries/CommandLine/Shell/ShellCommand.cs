using System.ComponentModel.DataAnnotations;

namespace ChittyChat.CommandLine;

[CommandGroup("script")]
internal static class ShellCommand
{
    [Command("shell", "Run a command of the system's shell; ! for short", IsLocal = true)]
    [Example("! ls -l", "the variables of the prompt are environment variables there: ! echo \"$name\"")]
    [Example("! --timeout 5m make", "allow it five minutes")]
    public static async Task<ShellResult?> RunAsync(
        CommandContext context,
        [RestOfLine("command", "The command, as the shell reads it", IsVerbatim = true)] string command,
        [Option("--timeout", "After how long it is killed, with everything it started", Default = "30s"), Range(typeof(TimeSpan), "1ms", "24h")] TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var ended = await new ShellRun(command, timeout, context).RunAsync(cancellationToken);

        // As text its lines were written as they came.
        var result = context.Json ? ended : null;
        return ended.ExitCode == 0 ? result : throw new CommandException($"{command}: exit code {ended.ExitCode}", exitCode: ended.ExitCode) { Result = result };
    }
}
