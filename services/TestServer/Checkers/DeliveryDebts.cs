using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Checkers;

/// <summary>A message that a receiver was owed and has not delivered.</summary>
/// <param name="Message">Its id.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="Receiver">Who should have it.</param>
/// <param name="Published">The event that proves that it was published.</param>
internal sealed record Debt(MessageKey Message, string Publisher, string Receiver, RunEntry Published)
{
    public string Describe() => $"{Publisher}'s {Message} at {Receiver}";
}

/// <summary>
/// Who is owed what. A message counts as published when its publisher has acknowledged it to the coordinator, or has delivered it itself. It is owed to every peer which, at that moment,
/// attended, was seen by the publisher and saw it; provided that both sessions last until the end of the record, each still in the other's view. So nothing is owed to whom was
/// declared gone meanwhile, nor by whom crashed or left; a cut that healed before anybody was declared gone excuses nothing.
/// </summary>
internal static class DeliveryDebts
{
    /// <summary>What is owed and missing at the end of the record.</summary>
    /// <param name="entries">The record.</param>
    /// <param name="among">Only these peers; null for all.</param>
    public static IReadOnlyList<Debt> Outstanding(IReadOnlyList<RunEntry> entries, IReadOnlyCollection<string>? among = null)
    {
        var attendances = new Attendances();
        var published = new Dictionary<MessageKey, (string Publisher, RunEntry Proof, List<Attendance> Owed)>();
        var delivered = new HashSet<(string Peer, int Process, MessageKey Message)>();
        foreach (var entry in entries)
        {
            attendances.Apply(entry.Event);
            switch (entry.Event)
            {
                case Delivered { Kind: ChatKind.Message } d:
                    delivered.Add((d.Peer, d.Process, d.Message));
                    if (attendances.OwnerOf(d.Message.Session) == d.Peer)
                    {
                        Publish(d.Peer, d.Message, entry);
                    }

                    break;
                case StepEnded { Message: { } message, Peer: { } peer }:
                    Publish(peer, message, entry);
                    break;
                default:
                    break;
            }
        }

        List<Debt> debts = [];
        foreach (var (message, (publisher, proof, owed)) in published)
        {
            if (attendances.Find(publisher) is not { IsHere: true } now || now.Session != message.Session)
            {
                continue;
            }

            debts.AddRange(owed
                .Where(receiver => (among is null || among.Contains(receiver.Peer)) && !delivered.Contains((receiver.Peer, receiver.Process, message)))
                .Where(receiver => attendances.Find(receiver.Peer) is { } end && end.Process == receiver.Process && end.Session == receiver.Session
                    && end.Sees(message.Session) && now.Sees(receiver.Session))
                .Select(receiver => new Debt(message, publisher, receiver.Peer, proof)));
        }

        return debts;

        void Publish(string publisher, MessageKey message, RunEntry proof)
        {
            if (published.ContainsKey(message) || attendances.Find(publisher) is not { } from)
            {
                return;
            }

            published.Add(message, (publisher, proof, [.. attendances.All.Where(to => to.Sees(message.Session) && from.Sees(to.Session))]));
        }
    }
}
