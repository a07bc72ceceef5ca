using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap.Tests;

/// <summary>The decisions, where the contract of the stores leaves them open.</summary>
public sealed class ContactBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ContactBook Empty = new(new BootstrapConfig { MaxPeers = 2, MinRefillCandidates = 3, LeaseSeconds = 30 }, []);

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void A_refill_from_a_peer_that_sees_too_few_members_is_ignored_even_if_there_is_room(int members)
    {
        var book = Empty.Join(NewCandidate("a"), Now).Book;

        var change = book.Refill(NewCandidate("b", uptimeSeconds: 100), members, Now);

        Assert.Equal((Verdict.TooFewMembers, book), (change.Verdict, change.Book));
    }

    [Fact]
    public void A_refill_from_a_peer_that_sees_enough_members_counts() =>
        Assert.Equal(Verdict.Added, Empty.Join(NewCandidate("a"), Now).Book.Refill(NewCandidate("b"), members: 3, Now).Verdict);

    [Fact]
    public void An_empty_list_takes_whoever_comes() => Assert.Equal(Verdict.Added, Empty.Refill(NewCandidate("a"), members: 1, Now).Verdict);

    [Fact]
    public void A_refill_of_a_contact_renews_it_whatever_it_sees()
    {
        var book = Empty.Join(NewCandidate("a"), Now).Book;

        var change = book.Refill(NewCandidate("a"), members: 1, Now.AddSeconds(10));

        Assert.Equal(Verdict.Renewed, change.Verdict);
        Assert.Equal(Now.AddSeconds(40), change.Book.Contacts.Single().LeaseExpires);
    }

    [Fact]
    public void Joining_again_renews_the_lease_and_corrects_name_and_address_but_not_the_age()
    {
        var book = Empty.Join(NewCandidate("a", uptimeSeconds: 5), Now).Book;

        var change = book.Join(NewCandidate("a", uptimeSeconds: 5000) with { Name = "new", Address = "b:2" }, Now.AddSeconds(10));

        Assert.Equal(Verdict.Renewed, change.Verdict);
        var contact = change.Book.Contacts.Single();
        Assert.Equal(("new", "b:2", Now.AddSeconds(-5), Now.AddSeconds(40)), (contact.Name, contact.Address, contact.Since, contact.LeaseExpires));
    }

    [Fact]
    public void Nobody_can_touch_a_contact_with_another_token()
    {
        var book = Empty.Join(NewCandidate("a"), Now).Book;
        var stranger = NewCandidate("a") with { Token = TokenHash.Of("another") };

        Change[] changes = [book.Join(stranger, Now), book.Refill(stranger, 9, Now), book.Renew("a", stranger.Token, Now), book.Leave("a", stranger.Token)];

        Assert.All(changes, change => Assert.Equal((Verdict.WrongToken, book), (change.Verdict, change.Book)));
    }

    [Fact]
    public void The_administrator_can_remove_anyone()
    {
        var change = Empty.Join(NewCandidate("a"), Now).Book.Leave("a", token: null);

        Assert.Equal((Verdict.Left, 0), (change.Verdict, change.Book.Contacts.Length));
    }

    [Fact]
    public void New_rules_hold_for_the_next_lease()
    {
        var book = Empty.Join(NewCandidate("a"), Now).Book.Configure(Empty.Config with { LeaseSeconds = 5 }).Book;

        Assert.Equal(Now.AddSeconds(30), book.Contacts.Single().LeaseExpires);
        Assert.Equal(Now.AddSeconds(5), book.Renew("a", TokenHash.Of("token of a"), Now).Book.Contacts.Single().LeaseExpires);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_the_list_is_bounded_ordered_and_without_doubles(int seed)
    {
        var random = new Random(seed);
        var (book, now, seen) = (Empty, Now, new HashSet<Verdict>());
        for (var step = 0; step < 3000; step++)
        {
            now = now.AddMilliseconds(random.Next(3000));
            book = book.WithoutLapsed(now).Book;
            var candidate = NewCandidate($"peer-{random.Next(8)}", random.Next(100)) with { Token = TokenHash.Of(random.Next(10) == 0 ? "x" : "y") };
            var before = book;
            var change = random.Next(6) switch
            {
                0 => book.Join(candidate, now),
                1 or 2 => book.Refill(candidate, random.Next(1, 6), now),
                3 => book.Renew(candidate.Id, candidate.Token, now),
                4 => book.Leave(candidate.Id, candidate.Token),
                _ => book.Configure(book.Config with { MaxPeers = random.Next(1, 6) }),
            };
            book = change.Book;
            seen.Add(change.Verdict);

            var ids = book.Contacts.Select(c => c.Id).ToArray();
            var context = $"seed {seed}, step {step}, {change.Verdict}";
            Assert.True(ids.Length <= book.Config.MaxPeers, context);
            Assert.True(ids.Distinct().Count() == ids.Length, context);
            Assert.True(book.Contacts.Select(c => c.Since).SequenceEqual(book.Contacts.Select(c => c.Since).Order()), context);
            Assert.True(book.Contacts.All(c => c.LeaseExpires > now && c.LeaseExpires <= now.AddSeconds(30)), context);
            Assert.True(before.Contacts.Select(c => c.Id).Except(ids).SequenceEqual(change.Removed.Select(c => c.Id).Reverse()), context);
        }

        Assert.Equal(Enum.GetValues<Verdict>().Except([Verdict.Read, Verdict.Reset]), seen.Order());
    }

    private static Candidate NewCandidate(string id, int uptimeSeconds = 0) =>
        new(id, $"name of {id}", "a:1", TimeSpan.FromSeconds(uptimeSeconds), TokenHash.Of($"token of {id}"));
}
