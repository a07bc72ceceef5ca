using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Turns output into what is written to the terminal.</summary>
internal static class OutputText
{
    private const int TabStop = 8;

    /// <summary>
    /// Gives the lines: a line break begins a new one, tabs become spaces, every other control character becomes harmless. Long lines are left to the
    /// terminal, which wraps them anew when it is resized.
    /// </summary>
    public static IReadOnlyList<string> Lines(StyledText text, Palette palette)
    {
        var lines = new List<string>(1);
        var line = new StringBuilder();
        var column = 0;
        foreach (var run in text.Runs)
        {
            var start = palette.Start(new(run.Meaning));
            var parts = run.Text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
            for (var i = 0; i < parts.Length; i++)
            {
                if (i > 0)
                {
                    lines.Add(line.ToString());
                    line.Clear();
                    column = 0;
                }

                if (parts[i].Length > 0)
                {
                    line.Append(start);
                    Append(line, parts[i], ref column);
                    line.Append(start.Length > 0 ? Palette.Reset : "");
                }
            }
        }

        lines.Add(line.ToString());
        return lines;
    }

    private static void Append(StringBuilder line, string text, ref int column)
    {
        if (!text.Contains('\t'))
        {
            text = DisplayText.Harmless(text);
            line.Append(text);
            column += DisplayText.Columns(text);
            return;
        }

        var isFirst = true;
        foreach (var part in text.Split('\t'))
        {
            if (!isFirst)
            {
                var spaces = TabStop - (column % TabStop);
                line.Append(' ', spaces);
                column += spaces;
            }

            isFirst = false;
            Append(line, part, ref column);
        }
    }
}
