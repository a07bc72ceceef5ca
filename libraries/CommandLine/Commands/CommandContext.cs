namespace ChittyChat.CommandLine;

/// <summary>What a running command knows about its surroundings; a handler gets it as a parameter of this type.</summary>
public sealed class CommandContext
{
    internal CommandContext(CommandInterpreter interpreter, Command? command, Execution execution)
    {
        Interpreter = interpreter;
        Command = command;
        Execution = execution;
    }

    /// <summary>Who runs it.</summary>
    public CommandInterpreter Interpreter { get; }

    /// <summary>The command itself; null for plain text.</summary>
    public Command? Command { get; }

    /// <summary>Whether its result is written as JSON.</summary>
    public bool Json => Execution.Json;

    /// <summary>The clock.</summary>
    public TimeProvider Time => Interpreter.Time;

    /// <summary>The variables.</summary>
    public Variables Variables => Interpreter.Variables;

    /// <summary>Where lines go that are no result, such as events that it was asked to show; with <c>--json</c> they go there too.</summary>
    public IOutput Output => Execution.Output;

    internal Execution Execution { get; }

    /// <summary>Writes a line of text on the way to the result: progress, remarks. With <c>--json</c> it is left out.</summary>
    public void Write(StyledText line)
    {
        if (!Json)
        {
            Output.Write(line);
        }
    }

    /// <summary>Writes a result, as if it had been returned: a record, a collection, a text; with <c>--json</c> as one JSON document on one line.</summary>
    public void WriteResult(object? result) => Interpreter.Results.Write(result, Execution);

    /// <summary>Runs another line in the same surroundings, and writes what it writes, but not its error.</summary>
    /// <param name="line">The line, in the language of the prompt.</param>
    /// <param name="cancellationToken">Cancels it; then the outcome says so.</param>
    public Task<CommandOutcome> ExecuteAsync(string line, CancellationToken cancellationToken) =>
        Interpreter.RunAsync(line, Execution with { }, cancellationToken);
}
