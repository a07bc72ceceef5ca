namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class LineEditorTests
{
    private const string Family = "👨‍👩‍👧";

    [Fact]
    public void Typing_inserts_at_the_cursor() => Assert.Equal("hello| world", new Typing().Text("hell world").Press(Key.Left, times: 6).Text("o").Shown);

    [Theory]
    [InlineData("one two three", "|one two three")]
    public void Home_and_control_a_go_to_the_start(string text, string shown)
    {
        Assert.Equal(shown, new Typing().Text(text).Press(Key.Home).Shown);
        Assert.Equal(shown, new Typing().Text(text).Control('a').Shown);
        Assert.Equal(text + "|", new Typing().Text(text).Control('a', 'e').Shown);
        Assert.Equal(text + "|", new Typing().Text(text).Press(Key.Home).Press(Key.End).Shown);
    }

    [Fact]
    public void Control_b_and_f_move_by_characters() => Assert.Equal("a|bc", new Typing().Text("abc").Control('b', 'b', 'b', 'f').Shown);

    [Fact]
    public void Words_are_letters_and_digits_when_one_moves()
    {
        Assert.Equal("go /who-has |m1", new Typing().Text("go /who-has m1").Press(Key.Left, KeyModifiers.Control).Shown);
        Assert.Equal("go /who-|has m1", new Typing().Text("go /who-has m1").Alt('b').Alt('b').Shown);
        Assert.Equal("go| /who-has m1", new Typing().Text("go /who-has m1").Press(Key.Home).Alt('f').Shown);
        Assert.Equal("go /who|-has m1", new Typing().Text("go /who-has m1").Press(Key.Home).Press(Key.Right, KeyModifiers.Alt, 2).Shown);
    }

    [Fact]
    public void Control_w_kills_up_to_a_space_and_alt_backspace_up_to_a_word()
    {
        Assert.Equal("go |", new Typing().Text("go /who-has").Control('w').Shown);
        Assert.Equal("go /who-|", new Typing().Text("go /who-has").Press(Key.Backspace, KeyModifiers.Alt).Shown);
        Assert.Equal("| /who-has", new Typing().Text("go /who-has").Press(Key.Home).Alt('d').Shown);
    }

    [Fact]
    public void Control_u_and_k_kill_to_the_start_and_to_the_end()
    {
        Assert.Equal("|cd", new Typing().Text("abcd").Press(Key.Left, times: 2).Control('u').Shown);
        Assert.Equal("ab|", new Typing().Text("abcd").Press(Key.Left, times: 2).Control('k').Shown);
    }

    [Fact]
    public void Backspace_and_delete_take_one_character()
    {
        Assert.Equal("a|c", new Typing().Text("abc").Press(Key.Left).Press(Key.Backspace).Shown);
        Assert.Equal("a|c", new Typing().Text("abc").Press(Key.Left, times: 2).Press(Key.Delete).Shown);
        Assert.Equal("a|c", new Typing().Text("abc").Press(Key.Left, times: 2).Control('d').Shown);
    }

    [Fact]
    public void A_key_with_nothing_to_do_rings_the_bell() =>
        Assert.Equal(7, new Typing().Press(Key.Left).Press(Key.Right).Press(Key.Backspace).Press(Key.Delete).Control('k', 'w', 'y').Bells);

    [Fact]
    public void Characters_of_several_code_points_are_one_step()
    {
        Assert.Equal($"a|{Family}b", new Typing().Text("ab").Press(Key.Left).Paste(Family).Press(Key.Left).Shown);
        Assert.Equal("a|b", new Typing().Text("ab").Press(Key.Left).Paste(Family).Press(Key.Backspace).Shown);
        Assert.Equal("a|b", new Typing().Text("a" + "e\u0301" + "b").Press(Key.Left).Press(Key.Backspace).Shown);
        Assert.Equal("|漢字", new Typing().Text("漢字").Press(Key.Left, times: 2).Shown);
    }

    [Fact]
    public void A_mark_that_joins_the_character_before_moves_the_cursor_out_of_it() =>
        Assert.Equal("e\u0301|x", new Typing().Text("ex").Press(Key.Left).Text("\u0301").Shown);

    [Fact]
    public void Kills_in_a_row_are_yanked_as_one_text() =>
        Assert.Equal("one two three|", new Typing().Text("one two three").Control('w', 'w', 'w', 'y').Shown);

    [Fact]
    public void Kills_forward_and_backward_in_a_row_keep_their_order() =>
        Assert.Equal("abcd|", new Typing().Text("abcd").Press(Key.Left, times: 2).Control('k', 'u', 'y').Shown);

    [Fact]
    public void Alt_y_replaces_what_was_yanked_by_what_was_killed_before()
    {
        var typing = new Typing().Text("one").Control('u').Text("two").Control('u').Text("<>").Press(Key.Left).Control('y');
        Assert.Equal("<two|>", typing.Shown);
        Assert.Equal("<one|>", typing.Alt('y').Shown);
        Assert.Equal("<two|>", typing.Alt('y').Shown);
    }

    [Fact]
    public void Alt_y_without_a_yank_does_nothing() => Assert.Equal("b|", new Typing().Text("a").Control('u').Text("b").Control('u').Text("b").Alt('y').Shown);

    [Fact]
    public void Undo_takes_back_word_by_word_and_redo_brings_it_again()
    {
        var typing = new Typing().Text("one two");
        Assert.Equal("one|", typing.Control('_').Shown);
        Assert.Equal("|", typing.Control('_').Shown);
        Assert.Equal("one|", typing.Alt('/').Shown);
        Assert.Equal("one two|", typing.Alt('_').Shown);
        Assert.Equal(0, typing.Bells);
        Assert.Equal(1, typing.Alt('/').Bells);
    }

    [Fact]
    public void Undo_brings_back_what_was_killed_with_the_cursor_where_it_was() =>
        Assert.Equal("ab|cd", new Typing().Text("abcd").Press(Key.Left, times: 2).Control('k', '_').Shown);

    [Fact]
    public void Typing_after_undo_forgets_what_could_be_redone() => Assert.Equal(1, new Typing().Text("one").Control('_').Text("x").Alt('/').Bells);

    [Fact]
    public void Control_t_exchanges_characters()
    {
        Assert.Equal("ab|", new Typing().Text("ba").Control('t').Shown);
        Assert.Equal("abc|d", new Typing().Text("acbd").Press(Key.Left, times: 2).Control('t').Shown);
    }

    [Fact]
    public void Enter_hands_the_line_over_and_begins_a_new_one()
    {
        var typing = new Typing().Text("hello").Press(Key.Left, times: 2).Press(Key.Enter);
        Assert.Equal(["hello"], typing.Submitted);
        Assert.Equal("|", typing.Shown);
    }

    [Fact]
    public void Blank_lines_are_not_handed_over() => Assert.Empty(new Typing().Press(Key.Enter).Text("  ").Press(Key.Enter).Effects);

    [Fact]
    public void A_paste_of_several_lines_waits_for_enter_and_is_handed_over_line_by_line()
    {
        var typing = new Typing().Text("say ").Paste("one\r\ntwo\r\n\nthree\tfour\e[31m\a");
        Assert.Equal("say one\ntwo\n\nthree four[31m|", typing.Shown);
        Assert.Empty(typing.Effects);
        Assert.Equal(["say one", "two", "three four[31m"], typing.Press(Key.Enter).Submitted);
        Assert.Equal(["say one", "two", "three four[31m"], typing.State.History.Lines);
    }

    [Fact]
    public void Pasted_lines_can_be_edited_each()
    {
        var typing = new Typing().Paste("first\nsecond\nthird").Press(Key.Up).Press(Key.Home).Text(">");
        Assert.Equal("first\n>|second\nthird", typing.Shown);
        Assert.Equal("first\n>|\nthird", typing.Control('k').Shown);
        Assert.Equal("f|irst\n>\nthird", typing.Press(Key.Up).Shown);
        Assert.Equal("first|\n>\nthird", typing.Press(Key.End).Shown);
        Assert.Equal("first>\nthird", typing.Press(Key.Delete).State.Line.Text);
    }

    [Fact]
    public void What_is_too_long_is_refused_with_a_bell()
    {
        var typing = new Typing().Text("a").Paste(new string('x', Line.MaxLength));
        Assert.Equal(("a|", 1), (typing.Shown, typing.Bells));
    }

    [Fact]
    public void Control_c_clears_the_line_and_then_says_how_to_quit()
    {
        var typing = new Typing().Text("hello").Control('c');
        Assert.Equal("|", typing.Shown);
        Assert.Empty(typing.Effects);
        Assert.Equal([new EditorEffect.SayHowToQuit()], typing.Control('c').Effects);
        Assert.Equal("hello|", typing.Control('_').Shown);
    }

    [Fact]
    public void Control_c_cancels_the_running_command_and_leaves_the_line()
    {
        var typing = new Typing().Running(true).Text("hello").Control('c');
        Assert.Equal([new EditorEffect.CancelCommand()], typing.Effects);
        Assert.Equal("hello|", typing.Shown);
    }

    [Fact]
    public void Control_d_leaves_only_on_an_empty_line()
    {
        Assert.Equal([new EditorEffect.EndOfInput()], new Typing().Control('d').Effects);
        Assert.Empty(new Typing().Text("a").Control('d').Effects);
    }

    [Fact]
    public void Control_l_and_z_are_for_the_shell() =>
        Assert.Equal([new EditorEffect.ClearScreen(), new EditorEffect.Suspend()], new Typing().Text("a").Control('l', 'z').Effects);

    [Fact]
    public void Keys_without_a_meaning_change_nothing() =>
        Assert.Equal("ab|", new Typing().Text("ab").Control('q', 'g').Alt('x').Press(Key.Escape).Press(Key.Tab, KeyModifiers.Control).Shown);
}
