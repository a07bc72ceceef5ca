using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

/// <summary>Everything that is known about one name, to be brought together: the registry's entries, each view of it, and this page's own link.</summary>
internal sealed record PeerEvidence(
    string Name,
    bool RegistryAnswers,
    IReadOnlyList<RegisteredMember> Registered,
    IReadOnlyList<(string Observer, Member? Member)> Claims,
    Link? Link)
{
    // Members whose addresses or session nobody knows leave these fields empty.
    private const ulong NoSession = 0;

    public PeerView Compare()
    {
        var entry = Registered.MaxBy(r => r.Started?.ToDateTimeOffset() ?? DateTimeOffset.MinValue);
        var own = Link is { Answers: true, Peer: { } peer } ? peer : null;
        // A restarted peer is a new session: claims about the one before say nothing about it.
        var newest = Newest(own is null ? Claims : Claims.Where(c => c.Member is { } m && SameSession(m.Session, own.Session)));
        var session = own?.Session ?? newest?.Session ?? entry?.Session ?? NoSession;
        return new PeerView(
            Name,
            newest?.State ?? (own is null ? MemberState.Unspecified : MemberState.Alive),
            Link?.LamportTime ?? 0,
            session,
            newest?.Incarnation ?? 0,
            FirstNonEmpty(own?.GossipAddress, newest?.GossipAddress, entry?.GossipAddress),
            FirstNonEmpty(own?.ChatAddress, newest?.ChatAddress, entry?.GrpcAddress),
            [.. newest?.Participants.Order(PeerNameOrder.Instance) ?? Enumerable.Empty<string>()],
            Link is null ? LinkView.None : new LinkView(Link.Status, Link.Reason),
            entry is not null,
            [.. Claims.Select(c => new Opinion(c.Observer, c.Member?.State ?? MemberState.Unspecified, c.Member?.Incarnation ?? 0))],
            [.. RegistryDifferences(entry, newest, session), .. GossipDifferences(session)]);
    }

    // SWIM's rule: the higher incarnation wins, and within one the graver claim.
    private static Member? Newest(IEnumerable<(string Observer, Member? Member)> claims) =>
        claims.Select(c => c.Member).OfType<Member>().MaxBy(m => (m.Incarnation, m.State));

    private static bool IsHere(Member? member) => member?.State is MemberState.Alive or MemberState.Suspect;

    private static bool SameSession(ulong one, ulong other) => one == other || one == NoSession || other == NoSession;

    private static string FirstNonEmpty(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value))
            {
                return value;
            }
        }

        return "";
    }

    private IEnumerable<string> RegistryDifferences(RegisteredMember? entry, Member? newest, ulong session)
    {
        if (!RegistryAnswers || Claims.Count == 0)
        {
            yield break;
        }

        var inGossip = Claims.Any(c => IsHere(c.Member));
        if (entry is null)
        {
            if (inGossip)
            {
                yield return "In gossip, but not in the registry.";
            }

            yield break;
        }

        if (!inGossip)
        {
            yield return newest is null
                ? "In the registry, but in no peer's gossip view."
                : $"In the registry, but {newest.State.Word()} in gossip: its lease has not run out yet.";
            yield break;
        }

        if (Registered.Count > 1)
        {
            yield return $"{Registered.Count} times in the registry: the lease of an earlier entry has not run out yet.";
        }

        if (!SameSession(entry.Session, session))
        {
            yield return $"The registry has session {entry.Session.ToSession()}, gossip has {session.ToSession()}.";
        }

        if (newest is not null && newest.GossipAddress.Length > 0 && entry.GossipAddress != newest.GossipAddress)
        {
            yield return $"The registry has gossip address {entry.GossipAddress}, gossip has {newest.GossipAddress}.";
        }

        if (newest is not null && newest.ChatAddress.Length > 0 && entry.GrpcAddress != newest.ChatAddress)
        {
            yield return $"The registry has chat address {entry.GrpcAddress}, gossip has {newest.ChatAddress}.";
        }
    }

    private IEnumerable<string> GossipDifferences(ulong session)
    {
        // Dead, left and forgotten are one: a peer that came later never heard of it.
        var opinions = Claims
            .GroupBy(c => IsHere(c.Member) ? c.Member!.State : MemberState.Dead, c => c)
            .OrderBy(g => g.Key).ToArray();
        if (opinions.Length > 1)
        {
            yield return "The views disagree: " + string.Join("; ", opinions.Select(g =>
                $"{(g.Key == MemberState.Dead ? "not here" : g.Key.Word())} for {string.Join(", ", g.Select(c => c.Observer))}")) + ".";
        }

        var earlier = Claims.Where(c => IsHere(c.Member) && !SameSession(c.Member!.Session, session)).Select(c => c.Observer).ToArray();
        if (earlier.Length > 0)
        {
            yield return $"{string.Join(", ", earlier)} still {(earlier.Length == 1 ? "has" : "have")} an earlier session of it.";
        }
    }
}
