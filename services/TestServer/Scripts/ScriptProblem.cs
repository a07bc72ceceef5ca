namespace ChittyChat.TestServer.Scripts;

/// <summary>One mistake in a script.</summary>
internal sealed record ScriptProblem(Position At, string Message)
{
    /// <summary>As compilers write it, so that editors find the place.</summary>
    public string Describe(string file) => $"{file}:{At}: {Message}";
}

/// <summary>A script cannot be run; <see cref="Problems"/> has every mistake in it, in the order of their places.</summary>
internal sealed class ScriptException(string file, IReadOnlyList<ScriptProblem> problems)
    : Exception(string.Join('\n', problems.Select(problem => problem.Describe(file))))
{
    public IReadOnlyList<ScriptProblem> Problems => problems;
}

/// <summary>Ends the reading of one line.</summary>
internal sealed class MistakeException(Position at, string message) : Exception(message)
{
    public ScriptProblem Problem => new(at, Message);
}

/// <summary>Finds the word that was meant.</summary>
internal static class Suggestion
{
    private const int ShortWord = 4;

    /// <summary>", did you mean 'x'?" for the nearest of <paramref name="known"/>, or nothing when none is near.</summary>
    public static string For(string word, IEnumerable<string> known)
    {
        var nearest = known
            .Select(candidate => (candidate, Distance: Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(pair => pair.Distance <= (word.Length <= ShortWord ? 1 : 2))
            .OrderBy(pair => pair.Distance)
            .FirstOrDefault();
        return nearest.candidate is null ? "" : $"; did you mean '{nearest.candidate}'?";
    }

    // Edits, with two neighbours that changed places counted as one.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
