namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class LineHistoryTests
{
    [Fact]
    public void It_keeps_the_newest_and_none_twice_in_a_row()
    {
        var history = LineHistory.Of(["a", "b", "b", "c", "d"], 3);
        Assert.Equal(["b", "c", "d"], history.Lines);
        Assert.Equal(["c", "d", "e"], history.Add("d").Add("e").Lines);
    }

    [Fact]
    public void A_thousand_lines_are_remembered()
    {
        var typing = new Typing();
        for (var i = 0; i < 1005; i++)
        {
            typing.Paste($"line {i}").Press(Key.Enter);
        }

        Assert.Equal((1000, "line 5"), (typing.State.History.Lines.Count, typing.State.History.Lines[0]));
    }

    [Fact]
    public void Secret_lines_are_not_remembered() =>
        Assert.Equal(["open"], new Typing().Text("/secret key").Press(Key.Enter).Text("open").Press(Key.Enter).State.History.Lines);

    [Fact]
    public void Up_and_down_walk_through_it_and_back_to_what_was_typed()
    {
        var typing = new Typing("one", "two");
        Assert.Equal("two|", typing.Press(Key.Up).Shown);
        Assert.Equal("one|", typing.Press(Key.Up).Shown);
        Assert.Equal((1, "one|"), (typing.Press(Key.Up).Bells, typing.Shown));
        Assert.Equal("two|", typing.Press(Key.Down).Shown);
        Assert.Equal("|", typing.Press(Key.Down).Shown);
        Assert.Equal(2, typing.Press(Key.Down).Bells);
    }

    [Fact]
    public void What_stands_before_the_cursor_is_what_entries_must_begin_with()
    {
        var typing = new Typing("/ping bob", "hello", "/ping eve", "/ping eve", "hi").Text("/p");
        Assert.Equal("/ping eve|", typing.Control('p').Shown);
        Assert.Equal("/ping bob|", typing.Control('p').Shown);
        Assert.Equal("/p|", typing.Control('n', 'n').Shown);
    }

    [Fact]
    public void A_recalled_line_can_be_edited_and_is_another_entry_then() =>
        Assert.Equal(["one", "one!"], new Typing("one").Press(Key.Up).Text("!").Press(Key.Enter).State.History.Lines);

    [Fact]
    public void Control_r_finds_the_newest_and_then_older_ones()
    {
        var typing = new Typing("/ping bob", "hello", "/ping eve").Text("x").Control('r').Text("PING");
        Assert.Equal(("/|ping eve", "PING"), (typing.Shown, typing.State.Search?.Query));
        Assert.Equal("/|ping bob", typing.Control('r').Shown);
        Assert.Equal((1, true), (typing.Control('r').Bells, typing.State.Search!.HasFailed));
        Assert.Equal("/|ping eve", typing.Control('s').Shown);
        Assert.Equal("x|", typing.Control('g').Shown);
        Assert.Null(typing.State.Search);
    }

    [Fact]
    public void A_search_is_narrowed_by_typing_and_widened_by_backspace()
    {
        var typing = new Typing("ab", "ac", "a").Control('r').Text("a");
        Assert.Equal("|a", typing.Shown);
        Assert.Equal("|ab", typing.Text("b").Shown);
        Assert.Equal("|ab", typing.Press(Key.Backspace).Shown);
        Assert.Equal("|", typing.Press(Key.Backspace).Shown);
        Assert.Equal(1, typing.Press(Key.Backspace).Bells);
    }

    [Fact]
    public void Escape_and_control_c_give_the_line_back()
    {
        Assert.Equal("x|", new Typing("one").Text("x").Control('r').Text("on").Press(Key.Escape).Shown);
        Assert.Equal("x|", new Typing("one").Text("x").Control('r').Text("on").Control('c').Shown);
    }

    [Fact]
    public void Enter_in_a_search_hands_over_what_was_found() =>
        Assert.Equal(["/ping bob"], new Typing("/ping bob").Control('r').Text("bob").Press(Key.Enter).Submitted);

    [Fact]
    public void Other_keys_take_what_was_found_and_do_their_work()
    {
        Assert.Equal("/ping |bob", new Typing("/ping bob").Control('r').Text("bob").Press(Key.Tab).Shown);
        Assert.Equal("/ping b|ob", new Typing("/ping bob").Control('r').Text("bob").Press(Key.Right).Shown);
        Assert.Equal("x|", new Typing("/ping bob").Text("x").Control('r').Text("bob").Press(Key.End).Control('_').Shown);
    }

    [Fact]
    public void Nothing_is_found_in_an_empty_history() => Assert.True(new Typing().Control('r').Text("a").State.Search!.HasFailed);
}
