using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>How names of code become names that are typed and read.</summary>
internal static class Naming
{
    /// <summary>"roundTripTime" → "round-trip-time", "IPAddress" → "ip-address".</summary>
    public static string Kebab(string name) => Split(name, '-');

    /// <summary>"RoundTripTime" → "round trip time".</summary>
    public static string Words(string name) => Split(name, ' ');

    /// <summary>"node id" → "a node id".</summary>
    public static string WithArticle(string noun) => noun is ['a' or 'e' or 'i' or 'o', ..] ? $"an {noun}" : $"a {noun}";

    /// <summary>Whether two names are the same but for case and dashes.</summary>
    public static bool Same(string left, string right) =>
        left.Replace("-", "", StringComparison.Ordinal).Equals(right.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    /// <summary>"1 argument", "2 arguments".</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Split(string name, char separator)
    {
        var split = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var begins = i > 0 && char.IsUpper(name[i])
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins || name[i] is '_' or ' ' or '-')
            {
                if (split.Length > 0 && split[^1] != separator)
                {
                    split.Append(separator);
                }
            }

            if (name[i] is not ('_' or ' ' or '-'))
            {
                split.Append(char.ToLowerInvariant(name[i]));
            }
        }

        return split.ToString();
    }
}
