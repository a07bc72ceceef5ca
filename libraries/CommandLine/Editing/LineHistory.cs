using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Lines that were entered, oldest first: bounded, and none twice in a row.</summary>
internal sealed record LineHistory(ImmutableList<string> Lines, int Capacity)
{
    /// <summary>So many lines are remembered when nobody says how many.</summary>
    public const int UsualCapacity = 1000;

    /// <summary>Takes over the newest of some lines.</summary>
    public static LineHistory Of(IEnumerable<string> lines, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        var kept = ImmutableList.CreateBuilder<string>();
        foreach (var line in lines)
        {
            if (line.Length > 0 && (kept.Count == 0 || kept[^1] != line))
            {
                kept.Add(line);
            }
        }

        kept.RemoveRange(0, Math.Max(0, kept.Count - capacity));
        return new(kept.ToImmutable(), capacity);
    }

    /// <summary>Adds a line as the newest.</summary>
    public LineHistory Add(string line)
    {
        if (Capacity == 0 || line.Length == 0 || (!Lines.IsEmpty && Lines[^1] == line))
        {
            return this;
        }

        var lines = Lines.Add(line);
        return this with { Lines = lines.Count > Capacity ? lines.RemoveAt(0) : lines };
    }

    /// <summary>The next older entry (before <paramref name="index"/>) that begins so and is another one than that shown; -1 when there is none.</summary>
    public int Older(int index, string prefix, string shown)
    {
        var last = Math.Min(index, Lines.Count) - 1;
        return last < 0 ? -1 : Lines.FindLastIndex(last, last + 1, line => line.StartsWith(prefix, StringComparison.Ordinal) && line != shown);
    }

    /// <summary>The next newer entry (after <paramref name="index"/>); -1 when there is none.</summary>
    public int Newer(int index, string prefix, string shown) => index + 1 >= Lines.Count ? -1
        : Lines.FindIndex(index + 1, line => line.StartsWith(prefix, StringComparison.Ordinal) && line != shown);

    /// <summary>The nearest entry at or before an index that contains a text, whatever its case; -1 when there is none.</summary>
    public int FindBackward(int index, string text) => index < 0 || Lines.IsEmpty ? -1
        : Lines.FindLastIndex(Math.Min(index, Lines.Count - 1), Math.Min(index, Lines.Count - 1) + 1, line => line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>The nearest entry at or after an index that contains a text, whatever its case; -1 when there is none.</summary>
    public int FindForward(int index, string text) => index >= Lines.Count ? -1
        : Lines.FindIndex(Math.Max(0, index), line => line.Contains(text, StringComparison.OrdinalIgnoreCase));
}
