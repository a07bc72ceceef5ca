using System.Globalization;

namespace ChittyChat.Membership.Bench;

/// <summary>Settings of a run, given as name=value.</summary>
internal sealed class Settings(IReadOnlyDictionary<string, string> values)
{
    /// <exception cref="ArgumentException">An argument is not of that form.</exception>
    public static Settings Parse(string[] arguments) => new(arguments.ToDictionary(
        a => a.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? a[..at] : throw new ArgumentException($"'{a}' is not of the form name=value."),
        a => a[(a.IndexOf('=', StringComparison.Ordinal) + 1)..]));

    public int Int(string name, int byDefault) => values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : byDefault;

    public long Long(string name, long byDefault) => values.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : byDefault;

    public int[] Ints(string name, params int[] byDefault) =>
        values.TryGetValue(name, out var text) ? [.. text.Split(',').Select(t => int.Parse(t, CultureInfo.InvariantCulture))] : byDefault;
}

internal static class Usage
{
    public static int Print()
    {
        Console.Error.WriteLine(
            """
            scale [members=100,1000,10000] [seed=1]          thousands of members in virtual time
            serf [members=16] [kills=20] [idle=60] [starve=60] [seed=1]   side by side with Serf agents, real processes
            fuzz [inputs=10000000] [seed=1]                  damaged input into the packet and the stream entry
            node name port [host:port...]                    one member, as 'serf' starts it
            full-node members metadata plain|serf            the memory of one node that knows so many, as 'scale' starts it
            """);
        return 2;
    }
}
