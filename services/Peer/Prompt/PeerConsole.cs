using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ChittyChat.Peer.Prompt;

/// <summary>The three streams of a process, and what is at the other end of them.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output.</param>
/// <param name="ErrorStream">Standard error.</param>
/// <param name="Error">Standard error, as text.</param>
/// <param name="InputIsTerminal">Whether a person types the input.</param>
/// <param name="CanEdit">Whether input and output are one terminal that understands cursor codes.</param>
/// <param name="HasColours">Whether colours are wanted.</param>
internal sealed record PeerConsole(Stream Input, Stream Output, Stream ErrorStream, TextWriter Error, bool InputIsTerminal, bool CanEdit, bool HasColours)
{
    private const int LongestLine = 64 * 1024;

    [SuppressMessage("Reliability", "CA2000", Justification = "The standard streams live as long as the process.")]
    public static PeerConsole OfProcess() => new(
        Console.OpenStandardInput(),
        Console.OpenStandardOutput(),
        Console.OpenStandardError(),
        Console.Error,
        InputIsTerminal: !Console.IsInputRedirected,
        CanEdit: !Console.IsInputRedirected && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null),
        HasColours: string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>Standard output as text: a line leaves in one piece, as others write to it too.</summary>
    public TextWriter OutputWriter { get; } = new StreamWriter(Output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), LongestLine) { AutoFlush = true };

    /// <summary>Writes a text to the output, at once and in one piece.</summary>
    public void Write(string text)
    {
        Output.Write(Encoding.UTF8.GetBytes(text));
        Output.Flush();
    }
}
