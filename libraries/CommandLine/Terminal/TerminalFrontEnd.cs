namespace ChittyChat.CommandLine;

/// <summary>The command line in a terminal: a prompt whose lines are run, one after the other. For where <see cref="LinePrompt.CanEdit"/>.</summary>
/// <param name="interpreter">Runs the lines, and completes them.</param>
public sealed class TerminalFrontEnd(CommandInterpreter interpreter)
{
    /// <summary>Runs what is entered until the user leaves.</summary>
    /// <param name="options">What the prompt looks like and works with; null for the usual. Without a completion of its own it has the interpreter's.</param>
    /// <param name="cancellationToken">Ends it: the running line is cancelled, the next ones are not read.</param>
    /// <returns>The exit code: 0 when the user left, <see cref="ExitCodes.Cancelled"/> when it was cancelled.</returns>
    public async Task<int> RunAsync(LinePromptOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        await using var prompt = new LinePrompt(options with { Completion = options.Completion ?? interpreter.Completion }, interpreter.Time);
        return await RunAsync(prompt, cancellationToken);
    }

    /// <summary>Runs what is entered at a prompt that the program writes to as well. The caller disposes it.</summary>
    /// <inheritdoc cref="RunAsync(LinePromptOptions?, CancellationToken)"/>
    /// <param name="prompt">The prompt, not started yet.</param>
    /// <param name="cancellationToken">Ends it: the running line is cancelled, the next ones are not read.</param>
    public async Task<int> RunAsync(LinePrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        prompt.Start();
        try
        {
            await foreach (var line in prompt.ReadLinesAsync(cancellationToken))
            {
                using var command = prompt.BeginCommand(cancellationToken);
                await interpreter.ExecuteAsync(line, prompt, command.Token);
            }

            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
    }
}
