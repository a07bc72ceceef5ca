using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>All checkers over a whole run. What each of them means, and what it cannot see: docs/testing.md.</summary>
internal static class RunCheckers
{
    private static readonly Func<IReadOnlyList<RunEntry>, IEnumerable<Violation>>[] All =
        [LostMessages.Check, DuplicateDeliveries.Check, PhantomMessages.Check, SenderOrder.Check, LamportOrder.Check, EqualViews.Check, UnaskedEnds.Check];

    /// <summary>The names of the checkers, as reports show them.</summary>
    public static readonly IReadOnlyList<string> Names =
        [LostMessages.Name, DuplicateDeliveries.Name, PhantomMessages.Name, SenderOrder.Name, LamportOrder.Name, EqualViews.Name, UnaskedEnds.Name];

    /// <summary>What does not hold in the record.</summary>
    public static IReadOnlyList<Violation> Check(IReadOnlyList<RunEntry> entries) => [.. All.SelectMany(check => check(entries))];
}

/// <summary>Nothing that was acknowledged was lost.</summary>
internal static class LostMessages
{
    public const string Name = "nothing acknowledged is lost";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries) =>
    [
        .. DeliveryDebts.Outstanding(entries).Select(debt => new Violation(
            Name, $"{debt.Receiver} has not delivered {debt.Message} of {debt.Publisher}, though both stayed connected", [Witness.Of(debt.Published)])),
        .. Gaps(entries),
    ];

    // Later messages of a session prove that the earlier ones were skipped, also when the publisher is gone by now.
    private static IEnumerable<Violation> Gaps(IReadOnlyList<RunEntry> entries)
    {
        var attendances = new Attendances();
        // Sequences without a message of their own exist: of an end that the receiver had heard from another peer.
        var published = new Dictionary<string, SortedDictionary<ulong, RunEntry>>(StringComparer.Ordinal);
        var received = new Dictionary<(string Peer, int Process, string Session), List<RunEntry>>();
        foreach (var entry in entries)
        {
            attendances.Apply(entry.Event);
            if (entry.Event is not Delivered d)
            {
                continue;
            }

            if (d.Kind == ChatKind.Message && attendances.OwnerOf(d.Message.Session) == d.Peer)
            {
                Of(published, d.Message.Session).TryAdd(d.Message.Sequence, entry);
            }

            Of(received, (d.Peer, d.Process, d.Message.Session)).Add(entry);
        }

        foreach (var ((peer, _, session), deliveries) in received)
        {
            var sequences = deliveries.Select(entry => ((Delivered)entry.Event).Message.Sequence).ToHashSet();
            var (first, last) = (sequences.Min(), sequences.Max());
            foreach (var (sequence, proof) in published.GetValueOrDefault(session) ?? [])
            {
                if (sequence > first && sequence < last && !sequences.Contains(sequence))
                {
                    var next = deliveries.First(entry => ((Delivered)entry.Event).Message.Sequence > sequence);
                    yield return new Violation(
                        Name, $"{peer} skipped {session}-{sequence} of {((Delivered)proof.Event).Peer} and went on with a later one", [Witness.Of(proof), Witness.Of(next)]);
                }
            }
        }
    }

    private static TValue Of<TKey, TValue>(Dictionary<TKey, TValue> dictionary, TKey key) where TKey : notnull where TValue : new()
    {
        if (!dictionary.TryGetValue(key, out var value))
        {
            dictionary.Add(key, value = new TValue());
        }

        return value;
    }
}

/// <summary>Nothing is delivered twice by the same process, and nobody leaves twice without having joined in between.</summary>
internal static class DuplicateDeliveries
{
    public const string Name = "no duplicates";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        var seen = new Dictionary<(string Peer, int Process, MessageKey Message, ChatKind Kind, string From), RunEntry>();
        var farewells = new Dictionary<(string Peer, int Process, string From), RunEntry>();
        foreach (var entry in entries)
        {
            if (entry.Event is not Delivered d)
            {
                continue;
            }

            if (!seen.TryAdd((d.Peer, d.Process, d.Message, d.Kind, d.From), entry))
            {
                yield return new Violation(Name, $"{d.Peer} delivered {d.Message} twice", [Witness.Of(seen[(d.Peer, d.Process, d.Message, d.Kind, d.From)]), Witness.Of(entry)]);
            }
            else if (d.Kind == ChatKind.Left && !farewells.TryAdd((d.Peer, d.Process, d.From), entry))
            {
                yield return new Violation(Name, $"{d.From} left twice at {d.Peer}", [Witness.Of(farewells[(d.Peer, d.Process, d.From)]), Witness.Of(entry)]);
            }
            else if (d.Kind == ChatKind.Joined)
            {
                farewells.Remove((d.Peer, d.Process, d.From));
            }
        }
    }
}

/// <summary>Per sender, messages are delivered in the order in which they were published.</summary>
internal static class SenderOrder
{
    public const string Name = "per-sender order";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        var newest = new Dictionary<(string Peer, int Process, string Session), RunEntry>();
        foreach (var entry in entries)
        {
            if (entry.Event is not Delivered d)
            {
                continue;
            }

            var key = (d.Peer, d.Process, d.Message.Session);
            if (newest.TryGetValue(key, out var before) && ((Delivered)before.Event).Message.Sequence > d.Message.Sequence)
            {
                yield return new Violation(Name, $"{d.Peer} delivered {d.Message} after a later one of the same sender", [Witness.Of(before), Witness.Of(entry)]);
            }
            else
            {
                newest[key] = entry;
            }
        }
    }
}

/// <summary>At the end, all who are in the chat see the same members; and when nobody else can be there, exactly each other.</summary>
internal static class EqualViews
{
    public const string Name = "equal views at the end";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        var attendances = new Attendances();
        var views = new Dictionary<string, RunEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            attendances.Apply(entry.Event);
            if (entry.Event is ViewChanged view)
            {
                views[view.Peer] = entry;
            }
        }

        var hasOwnPeers = entries.Select(entry => entry.Event).OfType<RunStarted>().Any(started => started.HasOwnPeers);
        Attendance[] inChat = [.. attendances.All.Where(peer => peer is { IsHere: true, IsInChat: true }).OrderBy(peer => peer.Peer, StringComparer.Ordinal)];
        foreach (var peer in inChat.Where(peer => peer.SeenSessions is null))
        {
            yield return new Violation(Name, $"{peer.Peer} is in the chat and has not told of its members", []);
        }

        Attendance[] here = [.. inChat.Where(peer => peer.SeenSessions is not null)];
        foreach (var peer in here)
        {
            if (!peer.SeenSessions!.SetEquals(here[0].SeenSessions!))
            {
                yield return new Violation(Name, $"{here[0].Peer} and {peer.Peer} do not see the same members", [Witness.Of(views[here[0].Peer]), Witness.Of(views[peer.Peer])]);
            }
        }

        if (hasOwnPeers && here.Length > 0 && !here[0].SeenSessions!.SetEquals(inChat.Select(peer => peer.Session)))
        {
            yield return new Violation(
                Name, $"{here[0].Peer} does not see those who are there: {string.Join(", ", inChat.Select(peer => $"{peer.Peer} ({peer.Session})"))}", [Witness.Of(views[here[0].Peer])]);
        }
    }
}
