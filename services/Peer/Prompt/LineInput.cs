using System.Text;

namespace ChittyChat.Peer.Prompt;

/// <summary>Lines from a pipe, a file or an uncooked terminal.</summary>
internal static class LineInput
{
    // Far more than any message or command, so that input without line ends cannot fill the memory.
    private const int MaxBytes = 64 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads until the input ends. A line that is not well-formed UTF-8, or too long, is given as null.</summary>
    public static IEnumerable<string?> ReadLines(Stream input)
    {
        var line = new List<byte>();
        var tooLong = false;
        var block = new byte[4096];
        int count;
        while ((count = input.Read(block)) > 0)
        {
            var start = 0;
            for (var end = Array.IndexOf(block, (byte)'\n', 0, count); end >= 0; end = Array.IndexOf(block, (byte)'\n', start, count - start))
            {
                line.AddRange(block.AsSpan(start, end - start));
                yield return tooLong || line.Count > MaxBytes ? null : Decode(line);
                (start, tooLong) = (end + 1, false);
                line.Clear();
            }

            line.AddRange(block.AsSpan(start, count - start));
            if (line.Count > MaxBytes)
            {
                tooLong = true;
                line.Clear();
            }
        }

        if (tooLong || line.Count > 0)
        {
            yield return tooLong ? null : Decode(line);
        }
    }

    private static string? Decode(List<byte> line)
    {
        try
        {
            return Strict.GetString([.. line]).TrimEnd('\r');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
