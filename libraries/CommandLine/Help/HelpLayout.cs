using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Lays help out for the width of whatever shows it: words stay whole, and what goes on below stands under its beginning.</summary>
/// <param name="width">How many columns there are; null for as many as it takes.</param>
internal sealed class HelpLayout(int? width)
{
    private const int Margin = 2;

    // With fewer columns a description stands below its name, not beside it.
    private const int NarrowestDescription = 24;

    /// <summary>A text, whose first words may be something else: a heading, a name.</summary>
    public IEnumerable<StyledText> Text(StyledRun first, StyledRun text) => Beside(first, DisplayText.Columns(first.Text), text, Margin);

    /// <summary>A list of names and what they are.</summary>
    /// <param name="rows">The names and what they are.</param>
    /// <param name="column">How many columns the names take at least.</param>
    public IEnumerable<StyledText> List(IReadOnlyCollection<(StyledRun Name, StyledRun Description)> rows, int column = 0)
    {
        column = rows.Select(row => DisplayText.Columns(row.Name.Text)).Append(column).Max();
        return rows.SelectMany(row => Row(row.Name, column, row.Description));
    }

    private IEnumerable<StyledText> Row(StyledRun name, int column, StyledRun description)
    {
        var indented = name with { Text = new string(' ', Margin) + name.Text };
        var start = Margin + column + Margin;
        return width is { } columns && columns - start < NarrowestDescription
            ? Beside(new(new string(' ', 2 * Margin)), 2 * Margin, description, 2 * Margin).Where(line => line.Runs.Any(run => run.Text.Trim().Length > 0)).Prepend(new([indented]))
            : Beside(new($"{indented.Text}{new string(' ', start - Margin - DisplayText.Columns(name.Text))}", name.Meaning), start, description, start);
    }

    // A text behind what stands at the start of its first line.
    private IEnumerable<StyledText> Beside(StyledRun first, int start, StyledRun text, int indent)
    {
        var line = new StringBuilder();
        var (lead, column) = (first, start);
        foreach (var word in text.Text.Split(' '))
        {
            var taken = DisplayText.Columns(word) + (line.Length > 0 ? 1 : 0);
            if (column + taken > width && line.Length > 0)
            {
                yield return new([lead, text with { Text = line.ToString() }]);
                (lead, column) = (new(new string(' ', indent)), indent);
                line.Clear();
                taken = DisplayText.Columns(word);
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
            column += taken;
        }

        yield return line.Length > 0 ? new([lead, text with { Text = line.ToString() }]) : new([lead with { Text = lead.Text.TrimEnd() }]);
    }
}
