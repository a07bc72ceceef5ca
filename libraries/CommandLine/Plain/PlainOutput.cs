namespace ChittyChat.CommandLine;

/// <summary>Output as plain text: no escape codes, results to one writer and errors to another.</summary>
/// <param name="output">Where results go: standard output.</param>
/// <param name="errors">Where errors go: standard error.</param>
public sealed class PlainOutput(TextWriter output, TextWriter errors) : IOutput
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public void Write(StyledText line) => Write(output, line);

    /// <inheritdoc/>
    public void WriteError(StyledText line) => Write(errors, line);

    // What others wrote may hold escape codes; a pipe gets none of them.
    private static string Harmless(string text) => !text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')
        ? text
        : string.Concat(text.Select(c => c is '\t' or '\n' || !char.IsControl(c) ? c : '\uFFFD'));

    private void Write(TextWriter writer, StyledText line)
    {
        lock (_gate)
        {
            writer.WriteLine(Harmless(line.ToString()));
            writer.Flush();
        }
    }
}
