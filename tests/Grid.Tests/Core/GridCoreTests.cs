using ChittyChat.LogicalTime;

namespace ChittyChat.Grid.Tests.Core;

public sealed class GridCoreTests
{
    [Fact]
    public void A_link_begins_with_a_ping_and_a_hello()
    {
        var stage = new CoreStage(1, 3);

        Assert.Equal("ping 1\nhello 1\n", stage.TakeSent(stage.Accept()));
        Assert.Equal("ping 1\nhello 1\n", stage.TakeSent(stage.Connect(0)));
    }

    [Fact]
    public void A_server_is_alive_from_its_ping_on_and_not_before()
    {
        var stage = new CoreStage(1, 3);
        stage.Pass(0);
        var lower = stage.Connect(0);
        var higher = stage.Accept();
        Assert.Equal("1", stage.Alive);

        stage.Receive(lower, "ping 0");
        Assert.Equal("0,1", stage.Alive);
        stage.Receive(higher, "ping 2");
        Assert.Equal("0,1,2", stage.Alive);
    }

    [Fact]
    public void A_server_that_is_silent_for_900_ms_is_not_alive_until_it_is_heard_again()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept("ping 1");

        stage.Pass(899);
        Assert.Equal("0,1", stage.Alive);
        stage.Pass(51);
        Assert.Equal("0", stage.Alive);
        Assert.Equal(1, stage.Core.Counts.Silenced);

        stage.Receive(link, "ping 1");
        Assert.Equal("0,1", stage.Alive);
        Assert.Empty(stage.Closed);
    }

    [Fact]
    public void Pings_every_500_ms_keep_a_server_alive()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept("ping 1");
        for (var i = 0; i < 20; i++)
        {
            stage.Pass(500);
            Assert.Equal("0,1", stage.Alive);
            stage.Receive(link, "ping 1");
        }
    }

    [Fact]
    public void Messages_are_signs_of_life_too()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept("ping 1");
        stage.Pass(800);
        stage.Receive(link, "msg 1 hello");
        stage.Pass(800);

        Assert.Equal("0,1", stage.Alive);
    }

    [Fact]
    public void Each_link_carries_a_ping_every_200_ms()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept("ping 1");
        stage.TakeSent(link);
        for (var i = 0; i < 10; i++)
        {
            stage.Pass(200);
            stage.Receive(link, "ping 1");
            Assert.Equal("ping 0\n", stage.TakeSent(link));
        }
    }

    [Fact]
    public void While_this_process_is_stopped_the_others_are_not_silent()
    {
        var stage = new CoreStage(0, 2);
        stage.Accept("ping 1");

        stage.Stand(TimeSpan.FromSeconds(30));
        stage.Pass(500);
        Assert.Equal("0,1", stage.Alive);

        stage.Pass(500);
        Assert.Equal("0", stage.Alive);
    }

    [Fact]
    public void A_later_link_replaces_an_earlier_one_whose_end_ends_nothing_else()
    {
        var stage = new CoreStage(0, 2);
        var first = stage.Accept("ping 1");
        var second = stage.Accept("ping 1");
        Assert.Equal([first], stage.Closed);

        stage.End(first);
        stage.Pass(100);
        stage.End(first);

        Assert.Equal("0,1", stage.Alive);
        stage.TakeSent(second);
        stage.Broadcast("hello");
        Assert.Equal("msg 0 hello\n", stage.TakeSent(second));
        Assert.Equal(1, stage.Core.Counts.Replaced);
    }

    [Fact]
    public void What_a_replaced_link_still_brings_is_not_taken()
    {
        var stage = new CoreStage(0, 2);
        var first = stage.Accept("ping 1");
        stage.Accept("ping 1", "msg 1 new");
        stage.Receive(first, "msg 1 old");

        Assert.Equal("new", stage.Log);
    }

    [Fact]
    public void An_earlier_link_whose_ping_is_read_late_does_not_replace_the_later_one()
    {
        var stage = new CoreStage(0, 2);
        var stale = stage.Accept();
        stage.Accept("ping 1");
        stage.Receive(stale, "ping 1");
        stage.End(stale);

        Assert.Equal([stale], stage.Closed);
        Assert.Equal("0,1", stage.Alive);
    }

    [Theory]
    [InlineData("ping 3")]
    [InlineData("ping 1")]
    [InlineData("ping 0")]
    [InlineData("ping 18446744073709551615")]
    public void A_link_from_an_id_that_may_not_dial_is_refused(string ping)
    {
        var stage = new CoreStage(1, 3);
        var link = stage.Accept(ping);

        Assert.Equal([link], stage.Closed);
        Assert.Equal("1", stage.Alive);
        Assert.Equal(1, stage.Core.Counts.Refused);
    }

    [Fact]
    public void A_dialled_server_that_says_it_is_another_one_is_refused()
    {
        var stage = new CoreStage(2, 3);
        stage.Pass(0);
        var link = stage.Connect(0, "ping 1");

        Assert.Equal([link], stage.Closed);
        Assert.Equal("2", stage.Alive);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("ping ")]
    [InlineData(" ping 1")]
    [InlineData("ping one")]
    [InlineData("ping 1 2")]
    [InlineData("ping -1")]
    [InlineData("msg 1")]
    [InlineData("msg  text")]
    [InlineData("")]
    [InlineData("hello x")]
    [InlineData("at x")]
    public void A_line_that_is_not_of_the_protocol_is_ignored_and_counted(string line)
    {
        var stage = new CoreStage(0, 2);
        stage.Accept("ping 1", line);

        Assert.Equal(1, stage.Core.Counts.Malformed);
        Assert.Equal("", stage.Log);
        Assert.Equal("0,1", stage.Alive);
    }

    [Fact]
    public void Unknown_headers_are_ignored()
    {
        var stage = new CoreStage(0, 2);
        stage.Accept("ping 1", "gossip about others", "msg 1 text");

        Assert.Equal(0, stage.Core.Counts.Malformed);
        Assert.Equal("text", stage.Log);
    }

    [Fact]
    public void A_message_on_a_link_of_nobody_is_not_taken()
    {
        var stage = new CoreStage(0, 2);
        stage.Accept("msg 1 text");

        Assert.Equal("", stage.Log);
        Assert.Equal("0", stage.Alive);
    }

    [Fact]
    public void A_broadcast_goes_to_the_log_and_to_those_who_are_alive()
    {
        var stage = new CoreStage(0, 4);
        var silent = stage.Accept("ping 1");
        stage.Pass(1_000);
        var up = stage.Accept("ping 2");
        var unknown = stage.Accept();
        stage.Sent.Clear();

        stage.Broadcast("a, b");

        Assert.Equal("a, b", stage.Log);
        Assert.Equal([(up, "msg 0 a, b\n")], stage.Sent);
        Assert.False(silent.IsUp || unknown.IsUp);
    }

    [Fact]
    public void Servers_of_this_implementation_tell_each_other_the_Lamport_time_and_others_do_not_see_it()
    {
        var stage = new CoreStage(0, 3);
        var ours = stage.Accept("ping 1", "hello 1", "at 41", "msg 1 first");
        var other = stage.Accept("ping 2", "msg 2 second");
        stage.Sent.Clear();

        stage.Broadcast("third");

        Assert.Equal([41, 0, 44], stage.Core.Log.Select(message => (int)message.SentAt.Value));
        Assert.Equal([new LamportTime(42), new LamportTime(43), new LamportTime(44)], stage.Core.Log.Select(message => message.LoggedAt));
        Assert.Equal("at 44\nmsg 0 third\n", stage.TakeSent(ours));
        Assert.Equal("msg 0 third\n", stage.TakeSent(other));
    }

    [Fact]
    public void A_Lamport_time_beyond_all_measure_is_not_taken()
    {
        var stage = new CoreStage(0, 2);
        stage.Accept("ping 1", "hello 1", "at 18446744073709551615", "msg 1 text");

        Assert.Equal(new LamportTime(1), stage.Core.Log[0].LoggedAt);
    }

    [Fact]
    public void A_link_that_takes_nothing_more_is_closed()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept("ping 1");
        stage.Overflow(link);
        stage.Overflow(link);

        Assert.Equal([link], stage.Closed);
        Assert.Equal("0", stage.Alive);
        Assert.Equal(1, stage.Core.Counts.Overflowed);
    }

    [Fact]
    public void A_link_that_never_says_whose_it_is_is_closed()
    {
        var stage = new CoreStage(0, 2);
        var link = stage.Accept();
        stage.Pass(4_900);
        Assert.Empty(stage.Closed);
        stage.Pass(100);
        Assert.Equal([link], stage.Closed);
    }
}
