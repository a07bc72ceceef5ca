using System.ComponentModel.DataAnnotations;

namespace ChittyChat.CommandLine;

[CommandGroup("script")]
internal static class ShellCommand
{
    [Command("shell", "Run a command of the system's shell; ! for short", IsLocal = true)]
    [Example("! ls -l", "the variables of the prompt are environment variables there: ! echo \"$name\"")]
    [Example("! --timeout 5m make", "allow it five minutes")]
    public static async Task RunAsync(
        CommandContext context,
        [RestOfLine("command", "The command, as the shell reads it", IsVerbatim = true)] string command,
        [Option("--timeout", "After how long it is killed, with everything it started"), Range(typeof(TimeSpan), "1ms", "24h")] TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        var run = new ShellRun(command, timeout ?? TimeSpan.FromSeconds(30), context);
        var exitCode = await run.RunAsync(cancellationToken);
        if (exitCode != 0)
        {
            throw new CommandException($"{command}: exit code {exitCode}", exitCode: exitCode);
        }
    }
}
