using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Writes texts so that they read back as one word.</summary>
public static class Quoting
{
    /// <summary>Quotes a text if it has to be: the word that stands in a command for exactly this text.</summary>
    public static string Quote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsSafe(text))
        {
            return text;
        }

        if (!text.AsSpan().ContainsAny("'\n\r"))
        {
            return $"'{text}'";
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '\n' => @"\n",
                '\r' => @"\r",
                '"' or '\\' or '$' => $"\\{c}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsSafe(string text)
    {
        if (text.Length == 0 || (text[0] == '-' && text.Length > 1 && !char.IsAsciiDigit(text[1])))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '\'' or '"' or '\\' or '$')
            {
                return false;
            }
        }

        return true;
    }
}
