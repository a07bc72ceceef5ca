using System.Globalization;

namespace ChittyChat.Membership.Bench;

/// <summary>Settings of a run, given as name=value.</summary>
internal sealed class Settings(IReadOnlyDictionary<string, string> values)
{
    /// <exception cref="UsageException">An argument is not of that form, not known, or given twice.</exception>
    public static Settings Parse(string[] arguments, params string[] known)
    {
        var values = new Dictionary<string, string>();
        foreach (var argument in arguments)
        {
            if (argument.Split('=', 2) is not [var name, var value] || !known.Contains(name))
            {
                throw new UsageException($"'{argument}' is not a setting; there are {string.Join(", ", known.Select(k => $"{k}=…"))}.");
            }

            if (!values.TryAdd(name, value))
            {
                throw new UsageException($"{name} is given twice.");
            }
        }

        return new Settings(values);
    }

    public int Int(string name, int byDefault) => values.TryGetValue(name, out var text) ? Whole(name, text) : byDefault;

    public long Long(string name, long byDefault) => values.TryGetValue(name, out var text)
        ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw NotWhole(name, text)
        : byDefault;

    public int[] Ints(string name, params int[] byDefault) =>
        values.TryGetValue(name, out var text) ? [.. text.Split(',').Select(t => Whole(name, t))] : byDefault;

    /// <exception cref="UsageException">It is not a whole number.</exception>
    public static int Whole(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw NotWhole(name, text);

    private static UsageException NotWhole(string name, string text) => new($"{name} must be a whole number, not '{text}'.");
}

/// <summary>The arguments are wrong; the message says how.</summary>
internal sealed class UsageException(string message) : Exception(message);

internal static class Usage
{
    public const string Text =
        """
        usage: Membership.Bench COMMAND
        scale [members=100,1000,10000] [seed=1]          thousands of members in virtual time
        detection [members=16] [kills=2000] [seed=1]     how long until a death is known to all, thousands of times in virtual time
        serf [members=16] [kills=20] [idle=120] [starve=60] [seed=1]   side by side with Serf agents, real processes
        fuzz [inputs=10000000] [seed=1]                  damaged input into the packet and the stream entry
        node name port [host:port...]                    one member, as 'serf' starts it
        full-node members metadata plain|serf            the memory of one node that knows so many, as 'scale' starts it
        """;

    /// <summary>Prints it because it was asked for.</summary>
    public static int Print()
    {
        Console.WriteLine(Text);
        return 0;
    }

    /// <summary>Prints it because the arguments are wrong.</summary>
    public static int Refuse(string why)
    {
        Console.Error.WriteLine($"{why}\n{Text}");
        return 2;
    }
}
