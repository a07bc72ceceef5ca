using System.Collections.Immutable;
using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap;

/// <summary>
/// The list of contacts with its rules, and every decision about it. Immutable; knows no clock, no store and no network.
/// Each decision expects a book without lapsed contacts (<see cref="WithoutLapsed"/>).
/// </summary>
internal sealed record ContactBook
{
    public ContactBook(BootstrapConfig config, IEnumerable<StoredContact> contacts)
    {
        Config = config;
        Contacts = [.. contacts.OrderBy(c => c.Since).ThenBy(c => c.Id, StringComparer.Ordinal)];
    }

    /// <summary>The rules in force.</summary>
    public BootstrapConfig Config { get; }

    /// <summary>Oldest first; of two of the same age, by id, so that all who read the list see the same order.</summary>
    public ImmutableArray<StoredContact> Contacts { get; }

    private TimeSpan Lease => TimeSpan.FromSeconds(Config.LeaseSeconds);

    private bool IsFull => Contacts.Length >= Config.MaxPeers;

    /// <summary>Drops the contacts whose lease has run out.</summary>
    public Change WithoutLapsed(DateTimeOffset now)
    {
        var lapsed = Contacts.Where(c => c.LeaseExpires <= now).Reverse().ToImmutableArray();
        return lapsed.IsEmpty ? new(this, Verdict.Read) : new(With(Contacts.RemoveRange(lapsed)), Verdict.Read, null, lapsed);
    }

    /// <summary>Adds the candidate if there is room; renews it if it is on the list.</summary>
    public Change Join(Candidate candidate, DateTimeOffset now) =>
        Find(candidate.Id) is { } known ? Rejoin(known, candidate, now)
        : IsFull ? new(this, Verdict.Full)
        : Add(candidate, now);

    /// <summary>Adds the candidate if there is room, or in place of the newest contact if that is newer; renews it if it is on the list.</summary>
    /// <param name="candidate">The peer that offers itself.</param>
    /// <param name="members">How many members it sees.</param>
    /// <param name="now">The time.</param>
    public Change Refill(Candidate candidate, int members, DateTimeOffset now)
    {
        if (Find(candidate.Id) is { } known)
        {
            return Rejoin(known, candidate, now);
        }

        // A cluster without any entry point cannot be joined, so an empty list takes whoever comes.
        if (members < Config.MinRefillCandidates && !Contacts.IsEmpty)
        {
            return new(this, Verdict.TooFewMembers);
        }

        if (!IsFull)
        {
            return Add(candidate, now);
        }

        var newest = Contacts[^1];
        if (newest.Since <= SinceOf(candidate, now))
        {
            return new(this, Verdict.NotOlder);
        }

        var added = Admit(candidate, now);
        return new(With(Contacts.Remove(newest).Add(added)), Verdict.Replaced, added, [newest]);
    }

    /// <summary>Gives the contact a new lease.</summary>
    public Change Renew(string id, TokenHash token, DateTimeOffset now) => Find(id) switch
    {
        null => new(this, Verdict.NotListed),
        { } known when known.Token != token => new(this, Verdict.WrongToken),
        { } known => Put(known, known with { LeaseExpires = now + Lease }),
    };

    /// <summary>Takes the contact off the list.</summary>
    /// <param name="id">The contact.</param>
    /// <param name="token">Its token; null for the administrator, who may remove anyone.</param>
    public Change Leave(string id, TokenHash? token) => Find(id) switch
    {
        null => new(this, Verdict.NotListed),
        { } known when token is { } given && known.Token != given => new(this, Verdict.WrongToken),
        { } known => new(With(Contacts.Remove(known)), Verdict.Left, null, [known]),
    };

    /// <summary>Sets the rules; the newest contacts go if the list is too long for them.</summary>
    public Change Configure(BootstrapConfig config)
    {
        var kept = Contacts.Take(config.MaxPeers);
        var evicted = Contacts.Skip(config.MaxPeers).Reverse();
        return new(new ContactBook(config, kept), Verdict.Configured, null, [.. evicted]);
    }

    /// <summary>Takes all contacts off the list; the rules stay.</summary>
    public Change Reset() => new(With([]), Verdict.Reset, null, [.. Contacts.Reverse()]);

    private ContactBook With(ImmutableArray<StoredContact> contacts) => new(Config, contacts);

    private StoredContact? Find(string id) => Contacts.FirstOrDefault(c => c.Id == id);

    // Its age stays: otherwise a peer could make itself older by joining again.
    private Change Rejoin(StoredContact known, Candidate candidate, DateTimeOffset now) => known.Token != candidate.Token
        ? new(this, Verdict.WrongToken)
        : Put(known, known with { Name = candidate.Name, Address = candidate.Address, LeaseExpires = now + Lease });

    private Change Put(StoredContact known, StoredContact renewed) => new(With(Contacts.Replace(known, renewed)), Verdict.Renewed, renewed);

    private Change Add(Candidate candidate, DateTimeOffset now)
    {
        var added = Admit(candidate, now);
        return new(With(Contacts.Add(added)), Verdict.Added, added);
    }

    private StoredContact Admit(Candidate candidate, DateTimeOffset now) => new()
    {
        Id = candidate.Id,
        Name = candidate.Name,
        Address = candidate.Address,
        Since = SinceOf(candidate, now),
        LeaseExpires = now + Lease,
        Token = candidate.Token,
    };

    private static DateTimeOffset SinceOf(Candidate candidate, DateTimeOffset now) => now - candidate.Uptime;
}
