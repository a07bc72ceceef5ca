namespace ChittyChat.CommandLine;

/// <summary>The word at the cursor, and how something is written in its place.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is; all of it is replaced, also what stands behind the cursor.</param>
/// <param name="Typed">What it reads as, up to the cursor.</param>
/// <param name="Quote">The quote that it begins with; '\0' for none.</param>
internal sealed record Place(int Start, int Length, string Typed, char Quote)
{
    /// <summary>Whether it begins with a quote.</summary>
    public bool IsQuoted => Quote != '\0';

    /// <summary>Whether nothing in it is replaced.</summary>
    public bool IsRaw => Quote == '\'';

    /// <summary>Whether the candidates are variables, which quotes or escapes would spoil.</summary>
    public bool IsVariable { get; init; }

    /// <summary>What stands in the word before the part that is completed, as in <c>--level=</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether the candidates are written as they are.</summary>
    public bool IsVerbatim { get; init; }

    /// <summary>Finds the word that the cursor is in, or behind; an empty one if there is none.</summary>
    public static Place At(string line, int start, int cursor)
    {
        var reader = new LineReader(line, start, null);
        while (reader.TryRead(out var word) && word.Start <= cursor)
        {
            if (word.End < cursor)
            {
                continue;
            }

            var upTo = new LineReader(line[..cursor], word.Start, null);
            var typed = upTo.TryRead(out var begun) ? begun.Text : "";
            return new(word.Start, word.End - word.Start, typed, word.IsQuoted ? line[word.Start] : '\0');
        }

        return new(cursor, 0, "", '\0');
    }

    /// <summary>How a candidate stands in the line.</summary>
    public string Write(Candidate candidate)
    {
        if (IsVerbatim)
        {
            return candidate.Text;
        }

        if (IsVariable)
        {
            return Quote == '"' ? $"\"{candidate.Text}\"" : candidate.Text;
        }

        var written = Quoting.Quote(candidate.Text);

        // A quote that was begun is kept. One that goes on (a directory) stays open, so that what follows is inside it.
        if (Quote == '"' && written == candidate.Text)
        {
            written = $"\"{written}\"";
        }
        else if (Quote == '\'' && written == candidate.Text)
        {
            written = $"'{written}'";
        }

        return Prefix + (candidate.IsWhole || written == candidate.Text ? written : written[..^1]);
    }
}
