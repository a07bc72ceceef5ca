using ChittyChat.LogicalTime;
using ChittyChat.Peer.Chat;
using ChittyChat.TestSupport;

namespace ChittyChat.Peer.Tests.Chat;

public sealed class OutboxTests
{
    private const int Window = 16;

    private static readonly SessionId First = new(1);
    private static readonly SessionId Second = new(2);

    private readonly ManualTimeProvider _time = new();
    private readonly Outbox _outbox;

    public OutboxTests()
    {
        _outbox = new Outbox(Window, _time);
        _outbox.BeginSession(First);
    }

    [Fact]
    public void A_link_gets_what_comes_after_it_was_opened_in_order_and_once()
    {
        Append(First, 1, 2);
        var link = _outbox.Open();
        Assert.Equal(new MessageId(First, 3), _outbox.Upcoming(link));

        Append(First, 3, 5);

        Assert.Equal([3, 4, 5], Take(link, First));
        Assert.Equal([], Take(link, First));
    }

    [Fact]
    public void A_frame_is_bounded_by_messages_and_by_bytes_but_holds_one_at_least()
    {
        var link = _outbox.Open();
        Append(First, 1, 10);

        Assert.Equal([1, 2, 3], Take(link, First, maxMessages: 3));
        Assert.Equal([4, 5], Take(link, First, maxBytes: 25));
        Assert.Equal([6], Take(link, First, maxBytes: 1));
    }

    [Fact]
    public void A_link_resumes_behind_what_its_receiver_has()
    {
        var link = _outbox.Open();
        Append(First, 1, 10);
        Take(link, First);

        _outbox.Resume(link, new MessageId(First, 4));

        Assert.Equal(6, _outbox.Lag(link));
        Assert.Equal([5, 6, 7, 8, 9, 10], Take(link, First));
    }

    [Fact]
    public void A_receiver_that_claims_more_than_there_is_gets_what_comes_next()
    {
        var link = _outbox.Open();
        Append(First, 1, 3);

        _outbox.Resume(link, new MessageId(First, ulong.MaxValue));
        Append(First, 4, 4);

        Assert.Equal([4], Take(link, First));
    }

    [Fact]
    public void A_link_that_fell_out_of_the_window_goes_on_with_the_oldest_there_is()
    {
        var link = _outbox.Open();

        Append(First, 1, Window + 5);

        Assert.Equal(Enumerable.Range(6, Window).Select(i => (ulong)i), Take(link, First));
    }

    [Fact]
    public void A_later_session_is_not_mixed_into_the_former_one()
    {
        var link = _outbox.Open();
        Append(First, 1, 2);
        _outbox.BeginSession(Second);
        Append(Second, 1, 2);

        Assert.Equal([1, 2], Take(link, First));
        Assert.Equal(Outbox.Found.LaterSession, _outbox.Take(link, First, [], 10, 1_000));
        Assert.Equal(new MessageId(Second, 1), _outbox.Upcoming(link));
        Assert.Equal([1, 2], Take(link, Second));
    }

    [Fact]
    public void An_empty_later_session_is_noticed_too()
    {
        var link = _outbox.Open();
        _outbox.BeginSession(Second);

        Assert.Equal(Outbox.Found.LaterSession, _outbox.Take(link, First, [], 10, 1_000));
        Assert.Equal(new MessageId(Second, 1), _outbox.Upcoming(link));
    }

    [Fact]
    public void The_rest_of_a_session_that_is_refused_is_passed_over()
    {
        var link = _outbox.Open();
        Append(First, 1, 4);
        _outbox.BeginSession(Second);
        Append(Second, 1, 1);

        _outbox.SkipSession(link, First);

        Assert.Equal(new MessageId(Second, 1), _outbox.Upcoming(link));
        Assert.Equal(1, _outbox.Lag(link));
    }

    [Fact]
    public void Nobody_waits_without_links()
    {
        Append(First, 1, 10 * Window);

        Assert.True(_outbox.HasRoom());
    }

    [Fact]
    public async Task A_publisher_waits_while_a_link_in_standing_is_a_full_window_behind()
    {
        var link = _outbox.Open();
        Append(First, 1, Window - 1);
        Assert.True(_outbox.HasRoom());
        Append(First, Window, Window);
        Assert.False(_outbox.HasRoom());

        var waiting = _outbox.WaitForRoomAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        _outbox.Acknowledge(link, new MessageId(First, 1));

        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_link_that_has_stopped_costs_the_others_half_a_second_once()
    {
        var stopped = _outbox.Open();
        var quick = _outbox.Open();
        Append(First, 1, Window);
        Acknowledge(quick, Window);

        var waiting = _outbox.WaitForRoomAsync(CancellationToken.None).AsTask();
        Assert.InRange((await TimeUntilAsync(waiting)).TotalMilliseconds, 500, 520);

        for (var i = Window + 1; i < 10 * Window; i++)
        {
            Assert.True(_outbox.HasRoom());
            Append(First, i, i);
            Acknowledge(quick, i);
        }

        Assert.False(stopped.InStanding);
    }

    [Fact]
    public async Task A_link_that_stands_still_is_found_out_even_when_it_is_the_only_one()
    {
        _outbox.Open();
        Append(First, 1, Window);

        var waiting = _outbox.WaitForRoomAsync(CancellationToken.None).AsTask();

        // Standing still is seen after 250 ms, and counts from then on.
        var waited = await TimeUntilAsync(waiting);
        Assert.InRange(waited.TotalMilliseconds, 740, 780);
    }

    [Fact]
    public async Task Receivers_that_are_all_slow_set_the_pace_and_lose_nothing()
    {
        OutboxCursor[] links = [_outbox.Open(), _outbox.Open(), _outbox.Open()];
        Append(First, 1, Window);

        for (var next = Window + 1; next < 100; next++)
        {
            var waiting = _outbox.WaitForRoomAsync(CancellationToken.None).AsTask();
            Assert.False(waiting.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(100));
            foreach (var link in links)
            {
                Acknowledge(link, next - Window);
            }

            Assert.True(await waiting);
            Append(First, next, next);
        }

        Assert.All(links, l => Assert.True(l.InStanding));
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(6, false)]
    [InlineData(4, true)]
    [InlineData(1, true)]
    public async Task A_link_is_waited_for_when_it_is_not_less_than_half_as_fast_as_the_others(int idleTenths, bool waitedFor)
    {
        // The others have nothing to do during so many tenths of the time in which the publisher waits for the slow one.
        const int Burst = 4;
        var slow = _outbox.Open();
        var quick = _outbox.Open();
        var other = _outbox.Open();
        Append(First, 1, Window);
        for (var head = Window; head < 2_000 && slow.InStanding; head += Burst)
        {
            var waiting = _outbox.WaitForRoomAsync(CancellationToken.None).AsTask();
            _time.Advance(TimeSpan.FromMilliseconds(10 - idleTenths));
            Acknowledge(quick, head);
            Acknowledge(other, head);
            _time.Advance(TimeSpan.FromMilliseconds(idleTenths));
            Acknowledge(slow, head - Window + Burst);
            Assert.True(await waiting);
            Append(First, head + 1, head + Burst);
        }

        Assert.Equal(waitedFor, slow.InStanding);
    }

    [Fact]
    public async Task A_link_that_has_caught_up_to_half_a_window_is_waited_for_again()
    {
        var link = _outbox.Open();
        Append(First, 1, Window);
        Assert.True(await TimeUntilAsync(_outbox.WaitForRoomAsync(CancellationToken.None).AsTask()) > TimeSpan.Zero);
        Append(First, Window + 1, 2 * Window);
        Assert.False(link.InStanding);

        Acknowledge(link, Window + Window / 2);
        Assert.False(link.InStanding);
        Acknowledge(link, Window + Window / 2 + 1);
        Assert.True(link.InStanding);

        Append(First, 2 * Window + 1, 3 * Window);
        Assert.False(_outbox.HasRoom());
    }

    [Fact]
    public async Task No_publisher_waits_for_ever()
    {
        // All make just enough progress not to stand still, and are too far behind for any of it to make room.
        OutboxCursor[] links = [_outbox.Open(), _outbox.Open()];
        Append(First, 1, 8 * Window);
        var waiting = _outbox.WaitForRoomAsync(CancellationToken.None).AsTask();

        for (var i = 1; !waiting.IsCompleted && i < 40; i++)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(200), waiting);
            Array.ForEach(links, l => Acknowledge(l, i));
        }

        Assert.False(await waiting);
    }

    [Fact]
    public async Task A_publisher_that_gives_up_is_forgotten()
    {
        _outbox.Open();
        Append(First, 1, Window);
        using var cancellation = new CancellationTokenSource();

        var waiting = _outbox.WaitForRoomAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task<TimeSpan> TimeUntilAsync(Task<bool> waiting)
    {
        var start = _time.GetTimestamp();
        while (!waiting.IsCompleted)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(20), waiting);
            Assert.True(_time.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        }

        Assert.True(await waiting);
        return _time.GetElapsedTime(start);
    }

    // Arms the wait first, then advances.
    private async Task AdvanceAsync(TimeSpan by, Task waiting)
    {
        while (_time.ArmedTimers == 0 && !waiting.IsCompleted)
        {
            await Task.Yield();
        }

        if (!waiting.IsCompleted)
        {
            _time.Advance(by);
        }
    }

    private void Acknowledge(OutboxCursor link, int sequence) => _outbox.Acknowledge(link, new MessageId(First, (ulong)sequence));

    private void Append(SessionId session, int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            _outbox.Append(new OutgoingMessage(new MessageId(session, (ulong)i), new LamportTime((ulong)i), new byte[10], "alice", default, 0));
        }
    }

    private ulong[] Take(OutboxCursor link, SessionId session, int maxMessages = 1_000, int maxBytes = 10_000)
    {
        List<OutgoingMessage> taken = [];
        _outbox.Take(link, session, taken, maxMessages, maxBytes);
        return [.. taken.Select(m => m.Id.Sequence)];
    }
}
