namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class FrameLayoutTests
{
    private static readonly Candidate[] Commands = [new("/members", "Who is here"), new("/message", "Send to one member"), new("/mute")];

    [Fact]
    public void The_line_stands_behind_the_prompt() => AssertFrame(new Typing().Text("hello").Press(Key.Left), 20, "me> hello", 0, 8);

    [Fact]
    public void A_long_line_takes_several_rows() => AssertFrame(new Typing().Text("abcdefghijkl"), 10, "me> abcdef\nghijkl", 1, 6);

    [Fact]
    public void The_cursor_behind_a_full_row_is_on_the_next() => AssertFrame(new Typing().Text("abcdef"), 10, "me> abcdef\n", 1, 0);

    [Fact]
    public void The_cursor_in_the_last_column_stays_there() => AssertFrame(new Typing().Text("abcdef").Press(Key.Left), 10, "me> abcdef", 0, 9);

    [Fact]
    public void A_wide_character_that_does_not_fit_goes_to_the_next_row()
    {
        AssertFrame(new Typing().Text("abcde漢"), 10, "me> abcde\n漢", 1, 2);
        AssertFrame(new Typing().Text("abcde漢").Press(Key.Left), 10, "me> abcde\n漢", 1, 0);
        AssertFrame(new Typing().Text("abcd漢").Press(Key.Left), 10, "me> abcd漢", 0, 8);
    }

    [Fact]
    public void Pasted_lines_stand_below_each_other()
    {
        AssertFrame(new Typing().Paste("one\ntwo"), 20, "me> one\n| two", 1, 5);
        AssertFrame(new Typing().Paste("abcdef\nx").Press(Key.Up).Press(Key.End), 10, "me> abcdef\n\n| x", 1, 0);
        AssertFrame(new Typing().Paste("abcdef\nx"), 10, "me> abcdef\n| x", 1, 3);
    }

    [Fact]
    public void A_prompt_of_more_than_half_a_row_is_cut_to_a_sign() =>
        Assert.Equal("> hi", FrameLayout.Of(new Typing().Text("hi").State, "alice L17> ", null, new(20, 24)).ToString());

    [Fact]
    public void Characters_that_cannot_be_seen_are_marked() => AssertFrame(new Typing().Text("\u0301").Text("\u200B").Text("\u202E"), 20, "me> \u25CC\u0301\uFFFD\uFFFD", 0, 7);

    [Fact]
    public void The_counter_stands_at_the_right()
    {
        var state = new Typing().Text("hello").State;
        Assert.Equal("me> hello     5/9", FrameLayout.Of(state, "me> ", "5/9", new(18, 24)).ToString());
        Assert.Equal("me> hello 5/9", FrameLayout.Of(state, "me> ", "5/9", new(14, 24)).ToString());
    }

    [Fact]
    public void The_counter_has_a_row_of_its_own_when_there_is_no_room()
    {
        var frame = FrameLayout.Of(new Typing().Text("hello").State, "me> ", "5/9", new(13, 24));
        Assert.Equal(("me> hello\n         5/9", 0, 9), (frame.ToString(), frame.CursorRow, frame.CursorColumn));
    }

    [Fact]
    public void The_counter_stands_in_the_last_row_of_a_long_line() =>
        Assert.Equal("me> abcdef\nghi   9/9", FrameLayout.Of(new Typing().Text("abcdefghi").State, "me> ", "9/9", new(10, 24)).ToString());

    [Fact]
    public void A_counter_wider_than_the_terminal_is_not_shown() => Assert.Equal("> x", FrameLayout.Of(new Typing().Text("x").State, "> ", "123456789/9", new(10, 24)).ToString());

    [Fact]
    public void A_suggestion_is_dimmed()
    {
        var frame = FrameLayout.Of(new Typing("hello").Text("he").State, "me> ", null, new(20, 24));
        Assert.Equal(("me> hello", 6), (frame.ToString(), frame.CursorColumn));
        Assert.Equal([Emphasis.None, Emphasis.Hint], new[] { frame.Rows[0][5].Look.Emphasis, frame.Rows[0][6].Look.Emphasis });
    }

    [Fact]
    public void The_menu_shows_descriptions_and_the_choice()
    {
        var typing = new Typing().Text("/m").Press(Key.Tab).Answer(new(0, 2, [.. Commands])).Press(Key.Tab, times: 2);
        var frame = AssertFrame(typing, 26, "me> /message\n /members  Who is here\n /message  Send to one m…\n /mute", 0, 12);
        Assert.Equal(Emphasis.Selected, frame.Rows[2][0].Look.Emphasis);
        Assert.Equal(Emphasis.None, frame.Rows[1][0].Look.Emphasis);
    }

    [Fact]
    public void A_menu_with_more_than_fits_scrolls_and_says_where_one_is()
    {
        var candidates = Enumerable.Range(1, 25).Select(i => new Candidate($"item{i}"));
        var typing = new Typing().Text("item").Press(Key.Tab).Answer(new(0, 4, [.. candidates])).Press(Key.Tab, times: 7);
        Assert.Equal("> item7\n item4\n item5\n item6\n item7 \n 4–7 of 25", FrameLayout.Of(typing.State, "> ", null, new(40, 7)).ToString());
    }

    [Fact]
    public void A_menu_without_room_is_not_shown()
    {
        var typing = new Typing().Text("/m").Press(Key.Tab).Answer(new(0, 2, [.. Commands]));
        Assert.Equal("> /m", FrameLayout.Of(typing.State, "> ", null, new(40, 2)).ToString());
        Assert.Equal("> /m\n /members  Who is here", FrameLayout.Of(typing.State, "> ", null, new(40, 3)).ToString());
    }

    [Fact]
    public void Of_a_text_with_more_rows_than_the_terminal_the_part_around_the_cursor_is_shown()
    {
        var typing = new Typing().Paste(string.Join('\n', Enumerable.Range(1, 20)));
        var frame = FrameLayout.Of(typing.State, "> ", null, new(40, 5));
        Assert.Equal(("| 17\n| 18\n| 19\n| 20", 3), (frame.ToString(), frame.CursorRow));
        var middle = FrameLayout.Of(typing.Press(Key.Up, times: 10).State, "> ", null, new(40, 5));
        Assert.Equal(("| 8\n| 9\n| 10\n| 11", 2), (middle.ToString(), middle.CursorRow));
    }

    [Fact]
    public void A_search_shows_what_is_looked_for()
    {
        AssertFrame(new Typing("hello").Control('r').Text("ll"), 40, "(search: ll) hello", 0, 15);
        AssertFrame(new Typing("hello").Control('r').Text("llx"), 40, "(not found: llx) hello", 0, 19);
    }

    [Fact]
    public void Ten_columns_are_enough()
    {
        var typing = new Typing().Text("/m").Press(Key.Tab).Answer(new(0, 2, [.. Commands])).Press(Key.Tab);
        Assert.Equal("> /members\n\n /members \n /message \n /mute", FrameLayout.Of(typing.State, "alice> ", null, new(10, 24)).ToString());
    }

    private static Frame AssertFrame(Typing typing, int width, string text, int cursorRow, int cursorColumn)
    {
        var frame = FrameLayout.Of(typing.State, "me> ", null, new(width, 24));
        Assert.Equal((text, cursorRow, cursorColumn), (frame.ToString(), frame.CursorRow, frame.CursorColumn));
        return frame;
    }
}
