using System.ComponentModel.DataAnnotations;

namespace ChittyChat.CommandLine;

[CommandGroup("script", "files of lines, waiting and expecting")]
internal static class ScriptCommands
{
    [Command("sleep", "Wait for some time")]
    [Example("/sleep 500ms", "half a second")]
    public static Task SleepAsync(
        CommandContext context,
        [Argument("duration", "How long", Default = "1s"), Range(typeof(TimeSpan), "0s", "24h")] TimeSpan duration,
        CancellationToken cancellationToken) =>
        Task.Delay(duration, context.Time, cancellationToken);

    [Command("repeat", "Run a command several times, until it fails; in a script without a command: the lines up to /end")]
    [Example("/repeat 3 ping bob", "three times /ping bob")]
    public static async Task RepeatAsync(
        CommandContext context,
        [Argument("times", "How often"), Range(0, 1_000_000)] int times,
        [RestOfLine("command", "The command, with or without its slash", Completions = "line", IsVerbatim = true)] string command,
        CancellationToken cancellationToken)
    {
        for (var i = 0; i < times; i++)
        {
            await RunOrThrowAsync(context, command, cancellationToken);
        }
    }

    [Command("run", "Run the lines of a file, until one fails", Aliases = ["include"], IsLocal = true)]
    [Example("/run demo.chat --echo", "showing each line before it runs")]
    public static Task RunScriptAsync(
        CommandContext context,
        [Argument("file", "The script; inside a script, its path is relative to that script")] FileInfo file,
        [Option("--keep-going", "Go on after a line has failed")] bool keepGoing = false,
        [Option("--echo", "Show each line before it runs")] bool echo = false,
        CancellationToken cancellationToken = default) =>
        ScriptRunner.RunAsync(file, new ScriptOptions { KeepGoing = keepGoing, Echo = echo }, context, cancellationToken);

    [Command("expect fail", "Fail unless a command fails")]
    [Example("/expect fail ping nobody", "succeeds if nobody is called nobody")]
    public static async Task ExpectFailAsync(
        CommandContext context,
        [RestOfLine("command", "The command, with or without its slash", Completions = "line", IsVerbatim = true)] string command,
        CancellationToken cancellationToken)
    {
        var outcome = await context.ExecuteAsync(Line(command), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (outcome.Succeeded)
        {
            throw new CommandException($"expected {Line(command)} to fail, but it succeeded");
        }
    }

    private static async Task RunOrThrowAsync(CommandContext context, string command, CancellationToken cancellationToken)
    {
        var outcome = await context.ExecuteAsync(Line(command), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!outcome.Succeeded)
        {
            throw new CommandException(outcome.Error ?? $"{command} failed", outcome.Hint, outcome.ExitCode);
        }
    }

    private static string Line(string command) => command is ['/' or '!', ..] ? command : $"/{command}";
}
