namespace ChittyChat.CommandLine;

/// <summary>The command line without a terminal: lines from a reader, such as standard input that is a pipe.</summary>
/// <param name="interpreter">Runs the lines.</param>
public sealed class PlainFrontEnd(CommandInterpreter interpreter)
{
    /// <summary>Whether the first failure ends it. Otherwise all lines run; the exit code is that of the first failure either way.</summary>
    public bool StopAtFailure { get; init; }

    /// <summary>Runs lines, one after the other, until there are no more.</summary>
    /// <param name="input">Where lines come from.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where errors go.</param>
    /// <param name="cancellationToken">Ends it: the running line is cancelled, the next ones are not read.</param>
    /// <returns>The exit code of the first failure; 0 if there was none.</returns>
    public Task<int> RunAsync(TextReader input, TextWriter output, TextWriter errors, CancellationToken cancellationToken = default) =>
        RunAsync(input, new PlainOutput(output, errors), cancellationToken);

    /// <inheritdoc cref="RunAsync(TextReader, TextWriter, TextWriter, CancellationToken)"/>
    public async Task<int> RunAsync(TextReader input, IOutput output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var exitCode = ExitCodes.Success;
        while (!cancellationToken.IsCancellationRequested)
        {
            string? line;
            try
            {
                // A console's reader does not look at the token while it waits, so this does.
                line = await Task.Run(async () => await input.ReadLineAsync(cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            if (line is null)
            {
                return exitCode;
            }

            var outcome = await interpreter.ExecuteAsync(line, output, cancellationToken);
            exitCode = exitCode == ExitCodes.Success ? outcome.ExitCode : exitCode;
            if (StopAtFailure && !outcome.Succeeded)
            {
                return exitCode;
            }
        }

        return exitCode == ExitCodes.Success ? ExitCodes.Cancelled : exitCode;
    }
}
