using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Runs;

/// <summary>How far an expectation is.</summary>
/// <param name="State">Whether it is decided.</param>
/// <param name="Seen">What there is instead, for the report.</param>
internal readonly record struct Progress(ProgressState State, string Seen)
{
    public static Progress Met => new(ProgressState.Met, "");

    public static Progress Waiting(string seen) => new(ProgressState.Waiting, seen);

    public static Progress Broken(string seen) => new(ProgressState.Broken, seen);
}

internal enum ProgressState
{
    /// <summary>Not yet; can still come true.</summary>
    Waiting,
    Met,

    /// <summary>Cannot come true any more.</summary>
    Broken,
}

/// <summary>One expectation at one peer, or among several: looks at the record again and again, each delivery once.</summary>
/// <param name="expectation">What has to come true.</param>
/// <param name="peers">Where: one peer, or those who have to agree; by the names that they have on the stage.</param>
/// <param name="everyone">All peers that are there.</param>
/// <param name="variables">The values of the script's variables.</param>
/// <param name="nameOf">The name on the stage of a peer of the script.</param>
internal sealed class ExpectationCheck(
    Expectation expectation, IReadOnlyList<string> peers, IReadOnlyList<string> everyone, IReadOnlyDictionary<string, string> variables, Func<string, string> nameOf)
{
    /// <summary>What is seen of something that is not to be seen, when it is not.</summary>
    public const string Watched = "";

    private const int MostShown = 5;

    private readonly string _peer = peers[0];
    private int _process;
    private int _next;
    private int _count;
    private bool _hasFirst;

    /// <summary>Looks at what is new.</summary>
    public Progress Look(RunRecord record) => expectation switch
    {
        // What a process has delivered stays delivered. Anything else can only be said of one that is there.
        Expectation.Sees sees => Complete(record, sees, record.Look(_peer, now => Sees(now, sees))),
        Expectation.SeesBefore order => record.Look(_peer, now => SeesBefore(now, order)),
        _ when peers.FirstOrDefault(peer => !record.Look(peer, now => now.IsInChat)) is { } absent => Progress.Waiting($"{absent} is not in the chat"),
        Expectation.NeverSees never => record.Look(_peer, now => NeverSees(now, never)),
        Expectation.Members members => record.Look(_peer, now => Members(now, members)),
        Expectation.MembersWith with => record.Look(_peer, now => MembersWith(now, with)),
        Expectation.Considers considers => record.Look(_peer, now => Considers(now, considers)),
        Expectation.AgreeOnMembers => AgreeOnMembers(record),
        _ => AgreeOnMessages(record),
    };

    // An exact number is one when no other that was published meanwhile is still on its way.
    private Progress Complete(RunRecord record, Expectation.Sees sees, Progress progress) =>
        progress.State == ProgressState.Met && sees.Exactly
        && DeliveryDebts.Outstanding(record.Read().Entries, [_peer]).FirstOrDefault(debt => debt.Published.Event is Delivered published && Matches(published, sees.Text, sees.From)) is { } debt
            ? Progress.Waiting($"{_peer} saw it {_count} times, and {debt.Message} of {debt.Publisher} is still on its way")
            : progress;

    private Progress Sees(PeerNow now, Expectation.Sees sees)
    {
        foreach (var delivery in News(now))
        {
            _count += Matches(delivery, sees.Text, sees.From) ? 1 : 0;
        }

        return sees.Exactly && _count > sees.Count ? Progress.Broken($"{Shown(now)} saw it {_count} times")
            : _count >= sees.Count ? Progress.Met
            : Progress.Waiting($"{Shown(now)} saw it {_count} times{(sees.Count > 1 ? $", not {sees.Count}" : "")}; {Newest(now)}");
    }

    private Progress NeverSees(PeerNow now, Expectation.NeverSees never)
    {
        foreach (var delivery in News(now))
        {
            if (Matches(delivery, never.Text, never.From))
            {
                return Progress.Broken($"{Shown(now)} saw \"{delivery.Text}\" from {delivery.From}, L={delivery.PublishedAt}");
            }
        }

        return Progress.Waiting(Watched);
    }

    private Progress SeesBefore(PeerNow now, Expectation.SeesBefore order)
    {
        foreach (var delivery in News(now))
        {
            if (Matches(delivery, order.First, null))
            {
                _hasFirst = true;
            }
            else if (Matches(delivery, order.Second, null))
            {
                return _hasFirst ? Progress.Met : Progress.Broken($"{Shown(now)} saw \"{delivery.Text}\" first");
            }
        }

        return Progress.Waiting($"{Shown(now)} saw {(_hasFirst ? "only the first" : "neither")} of them; {Newest(now)}");
    }

    private Progress Members(PeerNow now, Expectation.Members members)
    {
        var expected = members.Peers.IsAll ? everyone : members.Peers.Names.Select(nameOf);
        var seen = Present(now);
        return seen is not null && seen.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal))
            ? Progress.Met
            : Progress.Waiting(Sees(now, seen));
    }

    private Progress MembersWith(PeerNow now, Expectation.MembersWith with)
    {
        var seen = Present(now);
        return seen is not null && with.Peers.Select(nameOf).All(name => seen.Contains(name) == with.Included) ? Progress.Met : Progress.Waiting(Sees(now, seen));
    }

    private Progress Considers(PeerNow now, Expectation.Considers considers)
    {
        var name = nameOf(considers.Peer);
        var state = now.View?.Where(member => member.Name == name).Select(member => (MemberStanding?)member.State).OrderBy(s => s).FirstOrDefault();
        var holds = now.View is not null && considers.Standing switch
        {
            Standing.Alive => state == MemberStanding.Alive,
            Standing.Suspect => state == MemberStanding.Suspect,
            _ => state is null or MemberStanding.Dead or MemberStanding.Left,
        };
        return holds ? Progress.Met : Progress.Waiting($"{Shown(now)} considers {name} {(state is null ? "unknown" : state.ToString()!.ToLowerInvariant())}");
    }

    private Progress AgreeOnMembers(RunRecord record)
    {
        var views = peers.Select(peer => record.Look(peer, now => (Peer: Shown(now), Present: now.View?.Where(member => member.IsPresent)
            .Select(member => $"{member.Name}@{member.Session}").Order(StringComparer.Ordinal).ToArray(), Names: Present(now)))).ToArray();
        return views.All(view => view.Present is not null && view.Present.SequenceEqual(views[0].Present ?? []))
            ? Progress.Met
            : Progress.Waiting(string.Join("; ", views.DistinctBy(view => string.Join(' ', view.Present ?? [])).Take(MostShown)
                .Select(view => view.Names is null ? $"{view.Peer} has told nothing yet" : $"{view.Peer} sees {string.Join(' ', view.Names)}")));
    }

    private Progress AgreeOnMessages(RunRecord record)
    {
        var missing = DeliveryDebts.Outstanding(record.Read().Entries, peers);
        return missing.Count == 0
            ? Progress.Met
            : Progress.Waiting($"{missing.Count} deliveries are missing, such as {missing[0].Describe()}");
    }

    private IEnumerable<Delivered> News(PeerNow now)
    {
        if (now.Process != _process)
        {
            // Started again: it knows nothing of what its former process saw.
            (_process, _next, _count, _hasFirst) = (now.Process, 0, 0, false);
        }

        while (_next < now.Deliveries.Count)
        {
            yield return now.Deliveries[_next++];
        }
    }

    private bool Matches(Delivered delivery, TextMatch match, string? from) => (from is null || delivery.From == nameOf(from)) && match switch
    {
        TextMatch.Announcement announcement =>
            delivery.Kind == (announcement.HasJoined ? ChatKind.Joined : ChatKind.Left) && delivery.From == nameOf(announcement.Peer),
        _ => TextMatches.Matches(match, delivery.Text, variables),
    };

    private static string[]? Present(PeerNow now) => now.View?.Where(member => member.IsPresent).Select(member => member.Name).Order(StringComparer.Ordinal).ToArray();

    private static string Sees(PeerNow now, string[]? seen) =>
        seen is null ? $"{Shown(now)} has not told of its members yet" : $"{Shown(now)} sees {(seen.Length == 0 ? "nobody" : string.Join(' ', seen))}";

    private static string Shown(PeerNow now) => now.IsInChat ? now.Name : $"{now.Name} (not in the chat)";

    private static string Newest(PeerNow now) => now.Deliveries.Count == 0
        ? "nothing was delivered there"
        : "the newest there: " + string.Join(", ", now.Deliveries.TakeLast(MostShown).Select(delivery => $"\"{delivery.Text}\""));
}

/// <summary>Whether a text looks as a script says.</summary>
internal static class TextMatches
{
    public static bool Matches(TextMatch match, string text, IReadOnlyDictionary<string, string> variables) => match switch
    {
        TextMatch.Exact exact => text == exact.Text.Expand(variables),
        TextMatch.Containing containing => text.Contains(containing.Text.Expand(variables), StringComparison.Ordinal),
        TextMatch.Matching matching => matching.Regex.IsMatch(text),
        _ => false,
    };
}
