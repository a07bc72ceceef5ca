using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Tests.Checkers;

public sealed class RunCheckersTests
{
    [Fact]
    public void A_run_as_it_should_be_has_no_violations()
    {
        var history = new History("alice", "bob", "carol")
            .Publish("alice", "one", "bob", "carol").Publish("bob", "two", "alice", "carol").Publish("alice", "three", "carol", "bob");

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void A_message_that_a_connected_receiver_never_delivers_is_lost()
    {
        var violation = Only(new History("alice", "bob", "carol").Publish("alice", "one", "bob"));

        Assert.Equal(("nothing acknowledged is lost", "carol has not delivered 0000000000000001-2 of alice, though both stayed connected"), (violation.Checker, violation.Summary));
        Assert.Equal("#11 +0.010s alice delivered 0000000000000001-2 at L=4: message of alice at L=3 \"one\"", Assert.Single(violation.Witness));
    }

    [Fact]
    public void An_acknowledged_message_is_owed_even_to_its_publisher()
    {
        var history = new History("alice");
        history.Add(new StepEnded(1, 3, "alice", StepOutcome.Passed, "", [], new MessageKey(history.SessionOf("alice"), 2), 5, 1));

        Assert.Equal("alice has not delivered 0000000000000001-2 of alice, though both stayed connected", Only(history).Summary);
    }

    [Fact]
    public void Nothing_is_owed_to_those_who_crashed_left_or_came_later()
    {
        var history = new History("alice", "bob", "carol").Publish("alice", "one", "carol").Gone("bob", Departure.Crashed);
        history.EverybodySees("alice", "carol").Attend("dave").EverybodySees("alice", "carol", "dave");

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void What_a_crashed_publisher_said_may_have_reached_some_and_not_others()
    {
        var history = new History("alice", "bob", "carol").Publish("alice", "one", "bob").Gone("alice", Departure.Crashed).EverybodySees("bob", "carol");

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void Whoever_was_declared_gone_and_has_another_session_is_owed_nothing_of_before()
    {
        var history = new History("alice", "bob").Publish("alice", "one");
        history.Add(new ViewChanged("bob", 2, "00000000000000ff", [new("alice", history.SessionOf("alice"), MemberStanding.Alive), new("bob", "00000000000000ff", MemberStanding.Alive)]));
        history.Add(new ViewChanged("alice", 1, history.SessionOf("alice"), [new("alice", history.SessionOf("alice"), MemberStanding.Alive), new("bob", "00000000000000ff", MemberStanding.Alive)]));

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void A_later_message_of_a_publisher_that_is_gone_proves_that_an_earlier_one_was_skipped()
    {
        var history = new History("alice", "bob").Publish("alice", "one", "bob").Publish("alice", "two").Publish("alice", "three", "bob").Gone("alice", Departure.Left);

        var violation = Only(history.Sees("bob", "bob"));
        Assert.Equal("bob skipped 0000000000000001-3 of alice and went on with a later one", violation.Summary);
        Assert.Equal(2, violation.Witness.Count);
    }

    [Fact]
    public void Whoever_announces_the_end_of_another_has_not_skipped_its_own_messages()
    {
        var history = new History("alice", "bob").Publish("alice", "one", "bob");
        history.Deliver("alice", new MessageKey(history.SessionOf("alice"), 3), ChatKind.Left, "carol", "left", 7);

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void A_message_that_is_delivered_twice_is_a_duplicate()
    {
        var history = new History("alice", "bob").Publish("alice", "one", "bob");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "one", 3);

        var violation = Only(history);
        Assert.Equal(("no duplicates", "bob delivered 0000000000000001-2 twice"), (violation.Checker, violation.Summary));
        Assert.Equal(2, violation.Witness.Count);
    }

    [Fact]
    public void Nobody_leaves_twice_without_coming_back()
    {
        var history = new History("alice", "bob");
        history.Deliver("alice", new MessageKey("00000000000000aa", 3), ChatKind.Left, "carol", "left", 5)
            .Deliver("alice", new MessageKey("00000000000000bb", 7), ChatKind.Left, "carol", "left", 9);

        Assert.Equal("carol left twice at alice", Only(history).Summary);
        history = new History("alice", "bob");
        history.Deliver("alice", new MessageKey("00000000000000aa", 3), ChatKind.Left, "carol", "left", 5)
            .Deliver("alice", new MessageKey("00000000000000cc", 1), ChatKind.Joined, "carol", "joined", 7)
            .Deliver("alice", new MessageKey("00000000000000bb", 7), ChatKind.Left, "carol", "left", 9);
        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void A_message_that_nobody_published_is_a_phantom()
    {
        var history = new History("alice", "bob");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "boo", 3);

        var violation = Only(history);
        Assert.Equal(("no phantom messages", "bob delivered 0000000000000001-2, which alice has not published"), (violation.Checker, violation.Summary));
        Assert.Contains("\"boo\"", Assert.Single(violation.Witness), StringComparison.Ordinal);
    }

    [Fact]
    public void A_publisher_that_died_at_once_may_have_published_what_it_was_told_to()
    {
        var history = new History("alice", "bob").Add(new StepStarted(1, 3, "last words", "alice"));
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "last words", 3);
        history.Gone("alice", Departure.Crashed).Sees("bob", "bob");

        Assert.Empty(RunCheckers.Check(history.Entries));
    }

    [Fact]
    public void A_message_is_the_same_everywhere()
    {
        var history = new History("alice", "bob").Publish("alice", "one");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "eno", 3);

        Assert.Equal("0000000000000001-2 is not the same at alice and at bob", Only(history).Summary);
    }

    [Fact]
    public void Messages_of_one_sender_are_delivered_in_their_order()
    {
        var history = new History("alice", "bob").Publish("alice", "one").Publish("alice", "two");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 3), ChatKind.Message, "alice", "two", 5)
            .Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "one", 3);

        var violation = Only(history);
        Assert.Equal(("per-sender order", "bob delivered 0000000000000001-2 after a later one of the same sender"), (violation.Checker, violation.Summary));
        Assert.Equal(2, violation.Witness.Count);
    }

    [Fact]
    public void A_reply_has_a_greater_Lamport_time_than_what_it_replies_to()
    {
        var history = new History("alice", "bob").Publish("alice", "question", "bob");
        var reply = new MessageKey(history.SessionOf("bob"), 2);
        history.Deliver("bob", reply, ChatKind.Message, "bob", "answer", 2, 9).Deliver("alice", reply, ChatKind.Message, "bob", "answer", 2);

        var violation = Only(history);
        Assert.Equal(LamportOrder.Name, violation.Checker);
        Assert.Equal("bob published 0000000000000002-2 after it had delivered 0000000000000001-2, but not at a later time", violation.Summary);
        Assert.Equal(2, violation.Witness.Count);
    }

    [Fact]
    public void A_clock_rises_with_each_delivery_beyond_the_time_of_the_publishing()
    {
        var history = new History("alice", "bob").Publish("alice", "one");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 2), ChatKind.Message, "alice", "one", 3, 3);
        Assert.Equal("bob delivered 0000000000000001-2 at a time that is not after its publishing", Only(history).Summary);

        history = new History("alice", "bob").Publish("alice", "one", "bob").Publish("alice", "two");
        history.Deliver("bob", new MessageKey(history.SessionOf("alice"), 3), ChatKind.Message, "alice", "two", 1, 2);
        Assert.Contains(RunCheckers.Check(history.Entries), violation => violation.Summary == "bob's clock did not rise from one delivery to the next");
    }

    [Fact]
    public void At_the_end_all_see_the_same_and_exactly_those_who_are_there()
    {
        var differing = new History("alice", "bob").Sees("bob", "bob");
        var violation = Only(differing);
        Assert.Equal(("equal views at the end", "alice and bob do not see the same members"), (violation.Checker, violation.Summary));
        Assert.Equal(2, violation.Witness.Count);

        var ghost = new History("alice", "bob", "carol").Gone("carol", Departure.Crashed);
        Assert.Equal("alice does not see those who are there: alice (0000000000000001), bob (0000000000000002)", Only(ghost).Summary);
    }

    [Fact]
    public void Who_attends_and_never_tells_of_its_members_does_not_agree()
    {
        var history = new History("alice", "bob").Attend("carol").Sees("alice", "alice", "bob", "carol").Sees("bob", "alice", "bob", "carol");

        Assert.Equal(("equal views at the end", "carol is in the chat and has not told of its members"), (Only(history).Checker, Only(history).Summary));
    }

    [Fact]
    public void Whoever_has_left_and_lives_on_need_not_agree() =>
        Assert.Empty(RunCheckers.Check(new History("alice", "bob", "carol").Sees("carol").Sees("alice", "alice", "bob").Sees("bob", "alice", "bob").Entries));

    [Fact]
    public void A_peer_that_is_gone_though_nobody_told_it_to_is_a_violation_unless_it_comes_back()
    {
        var history = new History("alice", "bob").Gone("bob", Departure.Lost).Sees("alice", "alice");
        Assert.Equal(("nobody ends unasked", "bob attends no more, and nobody had told it to end"), (Only(history).Checker, Only(history).Summary));
        Assert.Equal("#8 +0.007s bob (process 2) attends no more", Assert.Single(Only(history).Witness));

        history.Add(new PeerAttended("bob", 2, history.SessionOf("bob"), "")).EverybodySees("alice", "bob");
        Assert.Empty(RunCheckers.Check(history.Entries));

        history.Gone("bob", Departure.Lost).Add(new ProcessEnded("bob", 2, 137, "good")).Sees("alice", "alice");
        Assert.Equal("bob ended by itself with code 137: good", Only(history).Summary);
    }

    [Fact]
    public void One_end_is_one_violation_whatever_was_noticed_first() => Assert.Equal(
        "bob ended by itself with code 137: good",
        Only(new History("alice", "bob").Add(new ProcessEnded("bob", 2, 137, "good")).Gone("bob", Departure.Lost).Sees("alice", "alice")).Summary);

    [Fact]
    public void A_service_that_ends_by_itself_is_a_violation() => Assert.Equal(
        "redis ended by itself with code 1: it said nothing", Only(new History("alice").Add(new ProcessEnded("redis", 9, 1, "it said nothing"))).Summary);

    [Fact]
    public void The_numbers_of_a_run_are_counted()
    {
        var statistics = RunStatistics.Of(new History("alice", "bob", "carol").Publish("alice", "one", "bob", "carol").Publish("bob", "two", "alice", "carol").Entries);

        Assert.Equal((2, 6, 2.0, 0), (statistics.Publishes, statistics.Deliveries, statistics.MessagesPerPublish, statistics.Duplicates));
        // The record makes each delivery a millisecond later than the one before.
        Assert.Equal([11.0, 14.0, 15.0, 15.0, 15.0], statistics.LatencyMs.ToArray());
    }

    private static Violation Only(History history) => Assert.Single(RunCheckers.Check(history.Entries));
}
