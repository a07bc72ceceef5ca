using ChittyChat.Peer.Grid;

namespace ChittyChat.Grid.Tests.Core;

public sealed class DiallingTests
{
    [Fact]
    public void Every_lower_id_is_dialled_at_once_and_no_higher_one()
    {
        var stage = new CoreStage(3, 6);
        stage.Pass(0);

        Assert.Equal([0, 1, 2], stage.Dialled.Order());
    }

    [Fact]
    public void Who_does_not_answer_is_dialled_again_every_100_ms()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        for (var i = 1; i <= 10; i++)
        {
            Assert.Equal(i, stage.Dialled.Count);
            stage.Refuse(0);
            stage.Pass(50);
            Assert.Equal(i, stage.Dialled.Count);
            stage.Pass(50);
        }
    }

    [Fact]
    public void No_second_link_is_opened_while_there_is_one_even_if_it_says_nothing()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        stage.Connect(0);
        stage.Pass(60_000);

        Assert.Single(stage.Dialled);
        Assert.Empty(stage.Closed);
    }

    [Fact]
    public void After_a_link_to_a_server_of_this_implementation_comes_the_next_100_ms_later()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        stage.End(stage.Connect(0, "ping 0", "hello 0"));
        stage.Pass(99);
        Assert.Single(stage.Dialled);
        stage.Pass(1);
        Assert.Equal(2, stage.Dialled.Count);
    }

    [Fact]
    public void After_a_link_to_another_implementation_comes_the_next_only_when_that_has_forgotten_the_old_one()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        stage.End(stage.Connect(0, "ping 0"));
        stage.Pass(1_499);
        Assert.Single(stage.Dialled);
        stage.Pass(1);
        Assert.Equal(2, stage.Dialled.Count);
    }

    [Fact]
    public void A_silent_link_to_a_server_of_this_implementation_is_given_up_after_5_s()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        var link = stage.Connect(0, "ping 0", "hello 0");
        stage.Pass(4_999);
        Assert.Empty(stage.Closed);
        stage.Pass(51);
        Assert.Equal([link], stage.Closed);

        stage.Pass(100);
        Assert.Equal(2, stage.Dialled.Count);
        // It is not asked to say again who it is before the next link is given up as well.
        var next = stage.Connect(0);
        stage.Pass(5_000);
        Assert.Equal([link, next], stage.Closed);
    }

    [Fact]
    public void A_silent_link_to_another_implementation_is_left_to_that_one()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        var link = stage.Connect(0, "ping 0");
        stage.Pass(60_000);
        Assert.Empty(stage.Closed);
        Assert.Equal("1", stage.Alive);

        stage.Receive(link, "ping 0");
        Assert.Equal("0,1", stage.Alive);
    }

    [Fact]
    public void A_link_that_has_been_silent_for_5_s_carries_no_more_pings()
    {
        var stage = new CoreStage(1, 2);
        stage.Pass(0);
        var link = stage.Connect(0, "ping 0");
        stage.Pass(5_000);
        stage.TakeSent(link);
        stage.Pass(60_000);
        Assert.Equal("", stage.TakeSent(link));

        stage.Receive(link, "ping 0");
        stage.Pass(50);
        Assert.Equal("ping 1\n", stage.TakeSent(link));
    }

    [Fact]
    public void No_more_than_64_are_dialled_at_once_and_all_have_their_turn()
    {
        var stage = new CoreStage(200, 201);
        stage.Pass(0);
        Assert.Equal(GridRules.Dials, stage.Dialled.Count);

        for (var i = 0; i < 4; i++)
        {
            foreach (var peer in stage.Dialled.TakeLast(GridRules.Dials).ToArray())
            {
                stage.Refuse(peer);
            }

            stage.Pass(50);
        }

        Assert.Equal(Enumerable.Range(0, 200), stage.Dialled.Distinct().Order());
    }
}
