namespace ChittyChat.CommandLine;

/// <summary>Runs scripts: files of lines in the language of the prompt.</summary>
internal static class ScriptRunner
{
    private const int MaxDepth = 16;

    /// <summary>Runs a script inside a command.</summary>
    public static async Task RunAsync(FileInfo file, ScriptOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        var frame = Enter(file, context.Execution.Script);
        var script = Script.Parse(file.ToString(), await ReadAsync(frame.Path, file, cancellationToken));
        var execution = context.Execution with { Script = frame };
        var failures = new Failures();
        await RunAsync(script, options, context.Interpreter, execution, failures, cancellationToken);
        if (failures.First is { } first)
        {
            throw failures.Count == 1 && !options.KeepGoing
                ? new CommandException(first.Error!, first.Hint, first.ExitCode)
                : new CommandException($"{file}: {Naming.Count(failures.Count, "line")} failed", exitCode: first.ExitCode);
        }
    }

    private static ScriptFrame Enter(FileInfo file, ScriptFrame? caller)
    {
        var path = Path.GetFullPath(file.ToString(), caller is null ? Environment.CurrentDirectory : Path.GetDirectoryName(caller.Path)!);
        var depth = 0;
        for (var frame = caller; frame is not null; frame = frame.Caller)
        {
            depth++;
            if (frame.Path == path)
            {
                throw new CommandException($"{file} is running already: a script cannot include itself");
            }
        }

        return depth < MaxDepth ? new(path, caller) : throw new CommandException($"{file}: scripts are nested more than {MaxDepth} deep");
    }

    private static async Task<string[]> ReadAsync(string path, FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllLinesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"there is no file {file}", path == file.ToString() ? null : $"Looked for {path}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be read: {e.Message}");
        }
    }

    private static async Task RunAsync(
        Script script, ScriptOptions options, CommandInterpreter interpreter, Execution execution, Failures failures, CancellationToken cancellationToken)
    {
        foreach (var step in script.Steps)
        {
            switch (step)
            {
                case ScriptLine line:
                    await RunLineAsync(script, line, options, interpreter, execution, failures, cancellationToken);
                    break;
                case ScriptRepeat repeat:
                    var times = script.Times(repeat, interpreter.Variables);
                    for (var i = 0; i < times && (failures.Count == 0 || options.KeepGoing); i++)
                    {
                        await RunAsync(script with { Steps = repeat.Steps }, options, interpreter, execution, failures, cancellationToken);
                    }

                    break;
            }

            if (failures.Count > 0 && !options.KeepGoing)
            {
                return;
            }
        }
    }

    private static async Task RunLineAsync(
        Script script, ScriptLine line, ScriptOptions options, CommandInterpreter interpreter, Execution execution, Failures failures, CancellationToken cancellationToken)
    {
        if (options.Echo && !execution.Json)
        {
            execution.Output.Write(new StyledText(line.Text, Meaning.Muted));
        }

        var outcome = await interpreter.RunAsync(line.Text, execution, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (outcome.Succeeded)
        {
            return;
        }

        outcome = outcome with { Error = $"{script.Name}:{line.Number}: {outcome.Error}" };
        failures.First ??= outcome;
        failures.Count++;
        if (options.KeepGoing)
        {
            interpreter.WriteError(outcome, execution);
        }
    }

    private sealed class Failures
    {
        public CommandOutcome? First { get; set; }

        public int Count { get; set; }
    }
}
