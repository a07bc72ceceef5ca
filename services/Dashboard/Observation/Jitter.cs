namespace ChittyChat.Dashboard.Observation;

/// <summary>How long to wait before trying again: doubling from a quarter of a second to five seconds, each time cut by up to a half at random,
/// so that pages which lost the same peer do not all come back in the same moment.</summary>
internal sealed class Jitter(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock _randomGate = new();

    /// <param name="failures">How many attempts in a row have failed; at least 1.</param>
    public TimeSpan After(int failures)
    {
        var whole = First * Math.Pow(2, Math.Min(failures - 1, 16));
        lock (_randomGate)
        {
            return (whole < Longest ? whole : Longest) * (0.5 + (random.NextDouble() / 2));
        }
    }
}
