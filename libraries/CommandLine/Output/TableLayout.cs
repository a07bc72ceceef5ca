using System.Collections.Immutable;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ChittyChat.CommandLine;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its header.</param>
/// <param name="IsNumeric">Whether its cells are aligned at the right.</param>
internal readonly record struct TableColumnTitle(string Title, bool IsNumeric = false);

/// <summary>
/// Lays rows out as aligned lines. Spectre.Console measures (wide characters, emoji) and wraps; the meanings of the cells travel through it as colours,
/// which are looked up again on the other side: nothing here ever becomes an escape code.
/// </summary>
internal static class TableLayout
{
    private const int Unlimited = 100_000;
    private const int Gap = 2;

    // A cell of text is not made narrower than this: what has to be wrapped more often cannot be read.
    private const int NarrowestText = 12;

    private static readonly Lazy<RenderOptions> Options = new(() => RenderOptions.Create(
        AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Null),
        })));

    /// <summary>Lays a table out; null when there is no room for it.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">The rows, each with a cell per column.</param>
    /// <param name="width">How many columns of the terminal it may take; null for as many as it wants.</param>
    /// <param name="showHeader">Whether the titles are shown.</param>
    public static IEnumerable<StyledText>? Lines(
        IReadOnlyList<TableColumnTitle> columns, IReadOnlyList<IReadOnlyList<StyledText>> rows, int? width, bool showHeader = true)
    {
        if (Widths(columns, rows, width ?? Unlimited) is not { } widths)
        {
            return null;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = showHeader, UseSafeBorder = false };
        for (var i = 0; i < columns.Count; i++)
        {
            table.AddColumn(new TableColumn(new Text(columns[i].Title, ToStyle(Meaning.Heading)))
            {
                Alignment = columns[i].IsNumeric ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, i == columns.Count - 1 ? 0 : Gap, 0),
                Width = widths[i],
                NoWrap = columns[i].IsNumeric,
            });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(ToRenderable));
        }

        var segments = ((IRenderable)table).Render(Options.Value, Unlimited);
        return Segment.SplitLines(segments).Select(ToLine);
    }

    // Each column as wide as it likes to be; if that is too much, columns of text become narrower, the widest first.
    private static int[]? Widths(IReadOnlyList<TableColumnTitle> columns, IReadOnlyList<IReadOnlyList<StyledText>> rows, int width)
    {
        var widths = new int[columns.Count];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = rows.Select(row => DisplayText.Columns(row[i].ToString())).Append(DisplayText.Columns(columns[i].Title)).Append(1).Max();
        }

        for (var excess = widths.Sum() + (Gap * (widths.Length - 1)) - width; excess > 0; excess--)
        {
            var widest = Enumerable.Range(0, widths.Length).Where(i => !columns[i].IsNumeric).DefaultIfEmpty().MaxBy(i => columns[i].IsNumeric ? 0 : widths[i]);
            if (columns[widest].IsNumeric || widths[widest] <= NarrowestText)
            {
                return null;
            }

            widths[widest]--;
        }

        return widths;
    }

    private static IRenderable ToRenderable(StyledText cell)
    {
        var paragraph = new Paragraph();
        foreach (var run in cell.Runs)
        {
            paragraph.Append(Harmless(run.Text), ToStyle(run.Meaning));
        }

        return paragraph;
    }

    // A cell is one line: what would break it, or move the cursor, would also break the layout.
    private static string Harmless(string text) => string.Create(text.Length, text, (to, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = from[i] is '\n' or '\r' or '\t' ? ' ' : char.IsControl(from[i]) ? '\uFFFD' : from[i];
        }
    });

    private static Style ToStyle(Meaning meaning) => new(Color.FromInt32((int)meaning + 1));

    private static StyledText ToLine(SegmentLine line)
    {
        var runs = ImmutableArray.CreateBuilder<StyledRun>();
        foreach (var segment in line)
        {
            var meaning = ToMeaning(segment.Style);
            if (runs.Count > 0 && (runs[^1].Meaning == meaning || string.IsNullOrWhiteSpace(segment.Text)))
            {
                runs[^1] = runs[^1] with { Text = runs[^1].Text + segment.Text };
            }
            else if (segment.Text.Length > 0)
            {
                runs.Add(new(segment.Text, meaning));
            }
        }

        if (runs.Count > 0)
        {
            runs[^1] = runs[^1] with { Text = runs[^1].Text.TrimEnd() };
        }

        return new(runs.ToImmutable());
    }

    private static Meaning ToMeaning(Style style)
    {
        foreach (var meaning in Enum.GetValues<Meaning>())
        {
            if (style.Foreground == Color.FromInt32((int)meaning + 1))
            {
                return meaning;
            }
        }

        return Meaning.Plain;
    }
}
