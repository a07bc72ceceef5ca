using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>Whoever is gone was told to go: by a step of the script, or by a command that ends a process.</summary>
internal static class UnaskedEnds
{
    public const string Name = "nobody ends unasked";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        // One end is seen twice, and in any order: the process is gone, and so is the peer at the test server.
        var gone = new Dictionary<(string Peer, int Process), RunEntry>();
        var ends = new HashSet<(string Peer, int Process)>();
        List<Violation> violations = [];
        foreach (var entry in entries)
        {
            switch (entry.Event)
            {
                case ProcessEnded ended:
                    ends.Add((ended.Name, ended.Process));
                    violations.Add(new Violation(Name, Describe(ended), [Witness.Of(entry)]));
                    break;
                case PeerGone { How: Departure.Lost } lost:
                    gone[(lost.Peer, lost.Process)] = entry;
                    break;
                // It has found its way back.
                case PeerAttended attended:
                    gone.Remove((attended.Peer, attended.Process));
                    break;
                default:
                    break;
            }
        }

        return [.. violations, .. gone.Where(pair => !ends.Contains(pair.Key)).Select(pair => new Violation(
            Name, $"{pair.Key.Peer} attends no more, and nobody had told it to end", [Witness.Of(pair.Value)]))];
    }

    /// <summary>In words.</summary>
    public static string Describe(ProcessEnded ended) =>
        FormattableString.Invariant($"{ended.Name} ended by itself with code {ended.ExitCode}: {ended.LastWords}");
}
