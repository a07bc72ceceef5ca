using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>A guarantee that did not hold.</summary>
/// <param name="Checker">Which one, in words.</param>
/// <param name="Summary">What is wrong, in one sentence.</param>
/// <param name="Witness">The events that prove it.</param>
internal sealed record Violation(string Checker, string Summary, IReadOnlyList<string> Witness)
{
    public string Describe() => string.Join('\n', [$"{Checker}: {Summary}", .. Witness.Select(line => "    " + line)]);
}

/// <summary>How events are shown to those who look for the reason.</summary>
internal static class Witness
{
    public static string Of(RunEntry entry) => entry.Event switch
    {
        Delivered d => FormattableString.Invariant(
            $"#{entry.Number} {At(entry)} {d.Peer} delivered {Name(d)} at L={d.DeliveredAt}: {d.Kind.ToString().ToLowerInvariant()} of {d.From} at L={d.PublishedAt} \"{d.Text}\""),
        StepEnded s => FormattableString.Invariant($"#{entry.Number} {At(entry)} {s.Peer} acknowledged {s.Message} at L={s.LamportTime} (line {s.Line} of the script)"),
        PeerGone g => FormattableString.Invariant($"#{entry.Number} {At(entry)} {g.Peer} (process {g.Process}) attends no more"),
        ProcessEnded e => FormattableString.Invariant($"#{entry.Number} {At(entry)} the process {e.Process} of {e.Name} ended with code {e.ExitCode}"),
        ViewChanged v => FormattableString.Invariant($"#{entry.Number} {At(entry)} {v.Peer} sees {Members(v.Members)}"),
        _ => FormattableString.Invariant($"#{entry.Number} {At(entry)} {entry.Event}"),
    };

    public static string Members(IEnumerable<MemberSeen> members)
    {
        string[] present = [.. members.Where(member => member.IsPresent).Select(member => $"{member.Name} ({member.Session})").Order(StringComparer.Ordinal)];
        return present.Length == 0 ? "nobody" : string.Join(", ", present);
    }

    private static string At(RunEntry entry) => FormattableString.Invariant($"+{entry.Milliseconds / 1000:0.000}s");

    private static string Name(Delivered delivered) => delivered.Message.ToString();
}
