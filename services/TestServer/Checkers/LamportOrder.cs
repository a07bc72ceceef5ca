using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>
/// What happened before has the smaller Lamport time: a delivery is later than its publishing; a peer's deliveries rise; a session's publishings rise with their numbers; and what a peer
/// published after it had delivered a message is later than that message. A peer delivers its own message in the same instant in which it publishes it, so its deliveries
/// are in the order of what it knew. Longer chains follow from these.
/// </summary>
internal static class LamportOrder
{
    public const string Name = "happened-before is respected by Lamport times";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        var attendances = new Attendances();
        var newest = new Dictionary<(string Peer, int Process), RunEntry>();
        var latestHeard = new Dictionary<(string Peer, int Process), RunEntry>();
        var published = new Dictionary<string, RunEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            attendances.Apply(entry.Event);
            if (entry.Event is not Delivered d)
            {
                continue;
            }

            var key = (d.Peer, d.Process);
            if (d.DeliveredAt <= d.PublishedAt)
            {
                yield return new Violation(Name, $"{d.Peer} delivered {d.Message} at a time that is not after its publishing", [Witness.Of(entry)]);
            }

            // The end of a crashed session is one event for all who were in the chat through it.
            if (newest.TryGetValue(key, out var before) && Delivery(before) is var b && b.DeliveredAt >= d.DeliveredAt && b.Message != d.Message)
            {
                yield return new Violation(Name, $"{d.Peer}'s clock did not rise from one delivery to the next", [Witness.Of(before), Witness.Of(entry)]);
            }

            newest[key] = entry;
            if (attendances.OwnerOf(d.Message.Session) == d.Peer && d.Kind == ChatKind.Message)
            {
                if (latestHeard.TryGetValue(key, out var heard) && Delivery(heard).PublishedAt >= d.PublishedAt)
                {
                    yield return new Violation(
                        Name, $"{d.Peer} published {d.Message} after it had delivered {Delivery(heard).Message}, but not at a later time", [Witness.Of(heard), Witness.Of(entry)]);
                }

                if (published.TryGetValue(d.Message.Session, out var last) && Delivery(last) is var l && l.Message.Sequence < d.Message.Sequence && l.PublishedAt >= d.PublishedAt)
                {
                    yield return new Violation(Name, $"{d.Peer} published {d.Message} at a time that is not after the one before it", [Witness.Of(last), Witness.Of(entry)]);
                }

                published[d.Message.Session] = entry;
            }

            if (!latestHeard.TryGetValue(key, out var latest) || Delivery(latest).PublishedAt < d.PublishedAt)
            {
                latestHeard[key] = entry;
            }
        }
    }

    private static Delivered Delivery(RunEntry entry) => (Delivered)entry.Event;
}
