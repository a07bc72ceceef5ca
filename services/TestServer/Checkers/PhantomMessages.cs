using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>
/// Nobody delivers what nobody published, and what is delivered is the same everywhere. A publisher that died may have had no time to tell of its message: then the coordinator must
/// at least have told it to publish that text.
/// </summary>
internal static class PhantomMessages
{
    public const string Name = "no phantom messages";

    public static IEnumerable<Violation> Check(IReadOnlyList<RunEntry> entries)
    {
        var attendances = new Attendances();
        var published = new HashSet<MessageKey>();
        var toldTo = new HashSet<(string Peer, string Text)>();
        var unreliable = new HashSet<string>(StringComparer.Ordinal);
        var first = new Dictionary<MessageKey, RunEntry>();
        List<Violation> violations = [];
        var hasOwnPeers = false;
        foreach (var entry in entries)
        {
            attendances.Apply(entry.Event);
            switch (entry.Event)
            {
                case RunStarted started:
                    hasOwnPeers = started.HasOwnPeers;
                    break;
                case StepStarted { Peer: { } peer } step:
                    toldTo.Add((peer, step.Text));
                    break;
                case StepEnded { Message: { } message }:
                    published.Add(message);
                    break;
                case DeliveriesMissed missed:
                    unreliable.Add(missed.Peer);
                    break;
                case Delivered { Kind: ChatKind.Message } d:
                    if (attendances.OwnerOf(d.Message.Session) == d.Peer)
                    {
                        published.Add(d.Message);
                    }

                    if (!first.TryAdd(d.Message, entry) && !IsSame((Delivered)first[d.Message].Event, d))
                    {
                        violations.Add(new Violation(
                            Name, $"{d.Message} is not the same at {((Delivered)first[d.Message].Event).Peer} and at {d.Peer}", [Witness.Of(first[d.Message]), Witness.Of(entry)]));
                    }

                    break;
                default:
                    break;
            }
        }

        foreach (var (message, entry) in first.Where(pair => !published.Contains(pair.Key)))
        {
            var delivered = (Delivered)entry.Event;
            var owner = attendances.OwnerOf(message.Session);
            if (owner is null ? hasOwnPeers : !unreliable.Contains(owner) && !MayHaveDied(owner, message, delivered.Text))
            {
                violations.Add(new Violation(
                    Name, $"{delivered.Peer} delivered {message}, which {owner ?? "nobody of this run"} has not published", [Witness.Of(entry)]));
            }
        }

        return violations;

        bool MayHaveDied(string owner, MessageKey message, string text) =>
            attendances.Find(owner) is { } now && (!now.IsHere || now.Session != message.Session) && toldTo.Contains((owner, text));
    }

    private static bool IsSame(Delivered a, Delivered b) => a.Text == b.Text && a.From == b.From && a.PublishedAt == b.PublishedAt && a.Kind == b.Kind;
}
