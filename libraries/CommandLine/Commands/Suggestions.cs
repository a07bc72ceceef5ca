namespace ChittyChat.CommandLine;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Suggestions
{
    /// <summary>The nearest of some names, if one is near enough: one typing error per three letters, at least one.</summary>
    public static string? Nearest(string typed, IEnumerable<string> names)
    {
        var best = names
            .Select(name => (name, distance: Distance(typed.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(near => near.distance <= Math.Max(1, Math.Min(typed.Length, near.name.Length) / 3))
            .OrderBy(near => near.distance)
            .ThenBy(near => near.name, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.name;
    }

    /// <summary>
    /// How many insertions, deletions, replacements and exchanges of neighbours lead from one text to the other
    /// (Damerau-Levenshtein, in the form that edits no part twice).
    /// </summary>
    public static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[left.Length, right.Length];
    }
}
