using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Observation;

namespace ChittyChat.Dashboard.Tests.Observation;

public sealed class MessagesInTheModelTests
{
    private readonly Stage _stage = new Stage().AllHere("alice", "bob");

    [Fact]
    public void A_message_shows_where_and_when_it_was_delivered()
    {
        var hello = _stage.Said("alice", 3);
        hello.TraceId = "0af7651916cd43dd8448eb211c80319c";
        _stage.Delivers("alice", hello, at: 3).Delivers("bob", hello, at: 5, TimeSpan.FromMilliseconds(12));

        var message = Assert.Single(_stage.View().Messages);

        Assert.Equal(("alice", "hello", 3ul, 12L, hello.TraceId), (message.Participant, message.Text, message.LamportTime, message.LatencyMs, message.TraceId));
        Assert.Equal([new Cell("alice", CellKind.Delivered, 3, false), new Cell("bob", CellKind.Delivered, 5, false)], message.Cells.AsEnumerable());
    }

    [Fact]
    public void What_is_on_its_way_becomes_missing_after_a_while()
    {
        _stage.Delivers("alice", _stage.Said("alice", 3), at: 3);
        Assert.Equal(CellKind.Pending, CellOf("bob"));
        Assert.True(_stage.View().Settling);

        _stage.Pass(MessageBook.Grace);

        Assert.Equal(CellKind.Missing, CellOf("bob"));
        Assert.False(_stage.View().Settling);
    }

    [Fact]
    public void Who_joined_after_a_message_does_not_lack_it_even_if_its_clock_was_behind()
    {
        _stage.Delivers("alice", _stage.Said("alice", 30), at: 30).Pass(TimeSpan.FromSeconds(1));
        var joined = _stage.Said("bob", 1, kind: EventKind.Joined);
        _stage.Delivers("bob", joined, at: 1).Delivers("alice", joined, at: 31).Pass(MessageBook.Grace);

        Assert.Equal(CellKind.Earlier, CellOf("bob", lamportTime: 30));

        _stage.Delivers("alice", _stage.Said("alice", 32), at: 32).Pass(MessageBook.Grace);
        Assert.Equal(CellKind.Missing, CellOf("bob", lamportTime: 32));
    }

    [Fact]
    public void Of_messages_before_the_page_heard_a_peer_it_cannot_tell()
    {
        var stage = new Stage().RegistryHas("alice", "bob").Answers("alice").Sees("alice", "alice", "bob");
        stage.Delivers("alice", stage.Said("alice", 3), at: 3);
        Assert.Equal(CellKind.Unknown, stage.View().Messages[0].Cells[1].Kind);

        stage.Answers("bob").Pass(MessageBook.Grace);
        Assert.Equal(CellKind.Unknown, stage.View().Messages[0].Cells[1].Kind);

        stage.Delivers("alice", stage.Said("alice", 4), at: 4).Pass(MessageBook.Grace);
        Assert.Equal(CellKind.Missing, stage.View().Messages[0].Cells[1].Kind);
    }

    [Fact]
    public void When_the_page_missed_deliveries_it_does_not_call_anything_before_missing()
    {
        _stage.Delivers("alice", _stage.Said("alice", 3), at: 3).Misses("bob", 4).Pass(MessageBook.Grace);

        Assert.Equal(CellKind.Unknown, CellOf("bob"));
        Assert.Equal(4ul, _stage.View().Missed);
    }

    [Fact]
    public void Who_is_gone_lacks_nothing_and_keeps_its_column_only_for_what_it_has()
    {
        var first = _stage.Said("alice", 3);
        _stage.Delivers("alice", first, at: 3).Delivers("bob", first, at: 4);
        _stage.IsLost("bob").Sees("alice", Stage.Member("alice"), Stage.Member("bob", MemberState.Dead));
        _stage.Delivers("alice", _stage.Said("alice", 5), at: 5);

        Assert.Equal(CellKind.Delivered, CellOf("bob", lamportTime: 3));
        Assert.Equal(CellKind.Gone, CellOf("bob", lamportTime: 5));

        var without = new Stage().AllHere("alice", "bob").IsLost("bob").Sees("alice", Stage.Member("alice"), Stage.Member("bob", MemberState.Dead));
        Assert.Equal([new ObserverView("alice", true)], without.View().Observers.AsEnumerable());
    }

    [Fact]
    public void A_second_delivery_is_marked_and_the_same_delivery_told_again_is_not()
    {
        var hello = _stage.Said("alice", 3);
        _stage.Delivers("alice", hello, at: 3).Delivers("bob", hello, at: 5).IsLost("bob").Answers("bob").Delivers("bob", hello, at: 5);
        Assert.False(_stage.View().Messages[0].Cells[1].Repeated);

        _stage.Delivers("bob", hello, at: 9);

        Assert.Equal(new Cell("bob", CellKind.Delivered, 5, true), _stage.View().Messages[0].Cells[1]);
    }

    [Fact]
    public void Several_announcements_of_one_departure_are_one_message_until_the_name_joins_again()
    {
        _stage.Delivers("alice", Left("alice", 11), at: 11).Pass(TimeSpan.FromMinutes(1)).Delivers("bob", Left("bob", 13), at: 14);

        var departure = Assert.Single(_stage.View().Messages);
        Assert.Equal([new Cell("alice", CellKind.Delivered, 11, false), new Cell("bob", CellKind.Delivered, 14, false)], departure.Cells.AsEnumerable());

        _stage.Pass(TimeSpan.FromSeconds(1)).Delivers("alice", _stage.Said("carol", 15, kind: EventKind.Joined), at: 16);
        _stage.Pass(TimeSpan.FromSeconds(1)).Delivers("alice", Left("alice", 17), at: 17);
        Assert.Equal([EventKind.Left, EventKind.Joined, EventKind.Left], _stage.View().Messages.Select(m => m.Kind));

        // Exactly once for each receiver: this would be the second time.
        _stage.Delivers("alice", Left("bob", 20), at: 21);
        Assert.True(_stage.View().Messages[0].Cells[0].Repeated);

        ChatEvent Left(string announcer, ulong lamportTime)
        {
            var left = _stage.Said(announcer, lamportTime, kind: EventKind.Left);
            left.Participant = "carol";
            return left;
        }
    }

    [Fact]
    public void Messages_are_in_the_order_of_their_Lamport_times_whatever_the_order_of_hearing()
    {
        foreach (var (name, lamportTime) in new[] { ("bob", 4ul), ("alice", 6ul), ("alice", 4ul), ("bob", 2ul) })
        {
            _stage.Delivers("alice", _stage.Said(name, lamportTime), at: lamportTime);
        }

        Assert.Equal([("alice", 6ul), ("bob", 4ul), ("alice", 4ul), ("bob", 2ul)], _stage.View().Messages.Select(m => (m.Participant, m.LamportTime)));
    }

    [Fact]
    public void A_cluster_that_starts_anew_counts_from_1_and_is_still_the_newest()
    {
        _stage.Delivers("alice", _stage.Said("alice", 500), at: 500).Pass(MessageBook.LamportWindow + TimeSpan.FromSeconds(1));
        _stage.Delivers("alice", _stage.Said("bob", 1), at: 2);

        Assert.Equal([1ul, 500ul], _stage.View().Messages.Select(m => m.LamportTime));
    }

    [Fact]
    public void The_newest_500_are_kept()
    {
        for (var i = 1ul; i <= MessageBook.Capacity + 20; i++)
        {
            _stage.Delivers("alice", _stage.Said("alice", i), at: i);
        }

        // Too old for a full list.
        _stage.Delivers("alice", _stage.Said("alice", 1, at: Stage.Start.AddHours(-1)), at: 600);
        var messages = _stage.View().Messages;

        Assert.Equal(MessageBook.Capacity, messages.Length);
        Assert.Equal((520ul, 21ul), (messages[0].LamportTime, messages[^1].LamportTime));
    }

    [Fact]
    public void A_row_in_which_nothing_changed_is_the_same_row()
    {
        var (first, second) = (_stage.Said("alice", 3), _stage.Said("alice", 4));
        _stage.Delivers("alice", first, at: 3).Delivers("bob", first, at: 4).Delivers("alice", second, at: 4);
        var before = _stage.View().Messages;

        _stage.Delivers("bob", second, at: 5);
        var after = _stage.View().Messages;

        Assert.NotSame(before[0], after[0]);
        Assert.Same(before[1], after[1]);
    }

    [Fact]
    public void An_event_of_a_kind_that_the_page_does_not_know_is_left_out()
    {
        _stage.Delivers("alice", _stage.Said("alice", 3, kind: (EventKind)99), at: 3);

        Assert.Empty(_stage.View().Messages);
    }

    private CellKind CellOf(string observer, ulong? lamportTime = null) =>
        _stage.View().Messages.First(m => lamportTime is null || m.LamportTime == lamportTime).Cells.Single(c => c.Observer == observer).Kind;
}
