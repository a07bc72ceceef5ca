using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChittyChat.CommandLine;

/// <summary>
/// Runs lines. <c>/ping bob</c> is a command, <c>! ls</c> a command of the system's shell, <c># …</c> a comment; anything else is plain text and goes
/// to <see cref="Text"/>, with a backslash taken from its front. The same at the prompt, in a script and in a pipe. Safe to use from any thread.
/// </summary>
/// <param name="registry">The commands.</param>
public sealed partial class CommandInterpreter(CommandRegistry registry)
{
    internal const int MaxDepth = 32;

    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(1);

    /// <summary>The commands.</summary>
    public CommandRegistry Registry { get; } = registry;

    /// <summary>What <c>$name</c> stands for in commands.</summary>
    public Variables Variables { get; init; } = new();

    /// <summary>What plain text does: a chat publishes it. Without it plain text is refused.</summary>
    public Func<string, CommandContext, CancellationToken, Task>? Text { get; init; }

    /// <summary>Says why a command may not be run here (a stranger's session); null to let it run. Without it every command runs.</summary>
    public Func<Command, string?>? Refuse { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where defects of commands are logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>How results become JSON; converters can be added until the first result is written.</summary>
    public JsonSerializerOptions JsonOptions { get; init; } = ResultJson.CreateOptions();

    /// <summary>Completes lines with what the registry and the variables know.</summary>
    public ICompletionSource Completion => field ??= new CommandCompletion(this);

    internal ResultWriter Results => field ??= new ResultWriter(JsonOptions);

    /// <summary>Runs one line, and writes its result or what went wrong.</summary>
    /// <param name="line">The line.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="cancellationToken">Cancels the command; the outcome is then <see cref="ExitCodes.Cancelled"/>.</param>
    /// <returns>How it ended; no exception gets out.</returns>
    public async Task<CommandOutcome> ExecuteAsync(string line, IOutput output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(output);
        var execution = new Execution(output);
        var outcome = await RunAsync(line, execution, cancellationToken);
        WriteError(outcome, execution with { Json = AsksForJson(line) });
        return outcome;
    }

    /// <summary>Runs one line without writing its error.</summary>
    internal async Task<CommandOutcome> RunAsync(string line, Execution execution, CancellationToken cancellationToken)
    {
        var name = "text";
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (execution.Depth > MaxDepth)
            {
                throw new CommandException($"lines are nested more than {MaxDepth} deep");
            }

            var trimmed = line.AsSpan().TrimStart();
            switch (trimmed)
            {
                case [] or ['#', ..]:
                    return CommandOutcome.Success;
                case ['/', ..]:
                    return await RunCommandAsync(line, line.Length - trimmed.Length + 1, execution, n => name = n, cancellationToken);
                case ['!', ..]:
                    return await RunCommandAsync($"shell {trimmed[1..]}", 0, execution, n => name = n, cancellationToken);
                default:
                    await PublishAsync(trimmed is ['\\', ..] ? trimmed[1..].ToString() : line, execution, cancellationToken);
                    return CommandOutcome.Success;
            }
        }
        catch (CommandException e)
        {
            return new(e.ExitCode, e.Message, e.Hint);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new(ExitCodes.Cancelled, $"{name}: cancelled");
        }
#pragma warning disable CA1031 // A defect of one command must not take the program down: it is shown, logged and survived.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Logger.CommandFailed(e, name);
            return new(ExitCodes.Failure, $"{name} failed unexpectedly: {FirstLine(e.Message)} ({e.GetType().Name})");
        }
    }

    /// <summary>Writes what went wrong, if something did.</summary>
    internal void WriteError(CommandOutcome outcome, Execution execution)
    {
        if (outcome.Error is null)
        {
            return;
        }

        if (execution.Json)
        {
            if (outcome.IsTold)
            {
                return;
            }

            execution.Output.Write(JsonSerializer.Serialize(new ErrorDocument(outcome.Error, outcome.Hint, outcome.ExitCode), JsonOptions));
            return;
        }

        execution.Output.WriteError(new StyledText([
            new(outcome.Error, outcome.ExitCode == ExitCodes.Cancelled ? Meaning.Warning : Meaning.Error),
            .. outcome.Hint is null ? [] : (ReadOnlySpan<StyledRun>)[new($". {outcome.Hint}", Meaning.Muted)]]));
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;

    private async Task<CommandOutcome> RunCommandAsync(
        string line, int position, Execution execution, Action<string> named, CancellationToken cancellationToken)
    {
        var reader = new LineReader(line, position, Variables);
        var command = Registry.ReadName(reader, out var name);
        named(name.Length == 0 ? "the line" : name);
        if (command is null)
        {
            return HelpOrFail(name, reader, execution);
        }

        named(command.Name);
        if (Refuse?.Invoke(command) is { } reason)
        {
            throw new CommandException($"{command.Name} is not allowed here: {reason}");
        }

        var start = reader.Position;
        var bound = ArgumentBinder.Bind(command, reader);
        var output = new WatchedOutput(execution.Output);
        var inner = execution with { Output = output, Json = execution.Json || ArgumentBinder.AsksForJson(command, line, start), Depth = execution.Depth + 1 };
        if (bound.Help)
        {
            WriteHelp(CommandDocument.Of(command), HelpText.Of(command, inner.Output.Width), inner);
            return CommandOutcome.Success;
        }

        try
        {
            await InvokeAsync(command, bound.Values, new CommandContext(this, command, inner), cancellationToken);
            if (inner.Json && !output.HasWritten)
            {
                // So that whoever reads documents gets one from every command.
                output.Write("null");
            }

            return CommandOutcome.Success;
        }
        catch (CommandException e) when (e.Result is not null)
        {
            Results.Write(e.Result, inner);
            return new(e.ExitCode, e.Message, e.Hint) { IsTold = inner.Json };
        }
    }

    private void WriteHelp(object document, IEnumerable<StyledText> lines, Execution execution)
    {
        Results.Write(execution.Json ? document : lines, execution);
    }

    // The handler runs on its own, so that one that blocks or ignores its token cannot hold the prompt for longer than the grace period.
    private async Task InvokeAsync(Command command, object?[] values, CommandContext context, CancellationToken cancellationToken)
    {
        var running = Task.Run(
            async () => await Results.WriteAsync(command.Invoke(values, context, cancellationToken), context.Execution, cancellationToken),
            CancellationToken.None);
        try
        {
            await running.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !running.IsCompleted)
        {
            using var patience = new CancellationTokenSource(CancellationGrace, Time);
            try
            {
                await running.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!running.IsCompleted)
            {
                Logger.CommandAbandoned(command.Name);
                _ = running.ContinueWith(
                    (task, _) => Logger.CommandFailed(task.Exception!, command.Name),
                    null, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                throw new CommandException($"{command.Name}: cancelled, but it does not stop", exitCode: ExitCodes.Cancelled);
            }

            throw new CommandException($"{command.Name}: cancelled", exitCode: ExitCodes.Cancelled);
        }
    }

    // The line names no command: a group of them, about which it may want to know, or nothing.
    private CommandOutcome HelpOrFail(string name, LineReader reader, Execution execution)
    {
        if (name.Length == 0)
        {
            throw new CommandException("a command's name is missing after the slash", "/help lists the commands.", ExitCodes.Usage);
        }

        var below = Registry.Below(name);
        if (below.Count == 0)
        {
            var near = Suggestions.Nearest(name, Registry.Names.Keys);
            throw new CommandException(
                $"there is no command \"{name}\"", near is null ? "/help lists the commands." : $"Did you mean /{near}?", ExitCodes.Usage);
        }

        List<string> words = [];
        while (reader.TryRead(out var word))
        {
            words.Add(word.Text);
        }

        var json = words.RemoveAll(word => word == "--json") > 0;
        if (words.Exists(word => word is "--help" or "-h"))
        {
            WriteHelp(below.Select(CommandDocument.Of), HelpText.Overview(below, execution.Output.Width), execution with { Json = execution.Json || json });
            return CommandOutcome.Success;
        }

        if (words is not [var next, ..])
        {
            throw new CommandException(
                $"{name} needs one of: {string.Join(", ", below.Select(c => c.Name[(name.Length + 1)..]))}", $"/help {name} explains them.", ExitCodes.Usage);
        }

        var meant = Suggestions.Nearest(next, below.Select(c => c.Name[(name.Length + 1)..]));
        throw new CommandException(
            $"{name} has no sub-command \"{next}\"", meant is null ? $"/help {name} lists them." : $"Did you mean /{name} {meant}?", ExitCodes.Usage);
    }

    private async Task PublishAsync(string text, Execution execution, CancellationToken cancellationToken)
    {
        if (Text is null)
        {
            throw new CommandException($"\"{FirstLine(text)}\" is no command", "Commands begin with a slash: /help lists them.", ExitCodes.Usage);
        }

        await Text(text, new CommandContext(this, null, execution), cancellationToken);
    }

    private bool AsksForJson(string line)
    {
        var start = line.AsSpan().TrimStart();
        if (start is not ['/', ..])
        {
            return false;
        }

        var reader = new LineReader(line, line.Length - start.Length + 1, null);
        var command = Registry.ReadName(reader, out _);
        return ArgumentBinder.AsksForJson(command, line, reader.Position);
    }

    // Knows whether anything was written.
    private sealed class WatchedOutput(IOutput output) : IOutput
    {
        private volatile bool _hasWritten;

        public bool HasWritten => _hasWritten;

        public int? Width => output.Width;

        public void Write(StyledText line)
        {
            _hasWritten = true;
            output.Write(line);
        }

        public void WriteError(StyledText line) => output.WriteError(line);
    }

    private sealed record ErrorDocument(string Error, string? Hint, int ExitCode);
}
