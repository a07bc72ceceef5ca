namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class CompletionTests
{
    private static readonly Candidate[] Commands = [new("/members", "Who is here"), new("/message", "Send"), new("/mute")];

    [Fact]
    public void One_candidate_is_put_in_with_a_space() =>
        Assert.Equal("/ping |", new Typing().Text("/pi").Press(Key.Tab).Answer(new(0, 3, [new("/ping")])).Shown);

    [Fact]
    public void A_candidate_that_is_not_whole_gets_no_space() =>
        Assert.Equal("cat dir/|", new Typing().Text("cat d").Press(Key.Tab).Answer(new(4, 1, [new("dir/", IsWhole: false)])).Shown);

    [Fact]
    public void A_space_that_is_there_is_not_put_in_again() =>
        Assert.Equal("/ping |bob", new Typing().Text("/pi bob").Press(Key.Left, times: 4).Press(Key.Tab).Answer(new(0, 3, [new("/ping")])).Shown);

    [Fact]
    public void No_candidate_rings_the_bell()
    {
        var typing = new Typing().Text("/x").Press(Key.Tab).Answer(CompletionList.None);
        Assert.Equal((1, "/x|"), (typing.Bells, typing.Shown));
    }

    [Fact]
    public void Several_candidates_give_what_they_have_in_common_and_a_menu()
    {
        var typing = new Typing().Text("/").Press(Key.Tab).Answer(new(0, 1, [.. Commands]));
        Assert.Equal("/m|", typing.Shown);
        Assert.Equal((-1, 3), (typing.State.Menu!.Selected, typing.State.Menu.List.Candidates.Length));
    }

    [Fact]
    public void An_answer_that_was_there_before_tab_is_used_at_once() =>
        Assert.Equal("/ping |", new Typing().Text("/pi").Answer(new(0, 3, [new("/ping")])).Press(Key.Tab).Shown);

    [Fact]
    public void Tab_and_arrows_move_through_the_menu_and_show_the_choice()
    {
        var typing = Open();
        Assert.Equal("/members|", typing.Press(Key.Tab).Shown);
        Assert.Equal("/message|", typing.Press(Key.Down).Shown);
        Assert.Equal("/mute|", typing.Press(Key.Tab).Shown);
        Assert.Equal("/members|", typing.Press(Key.Tab).Shown);
        Assert.Equal("/mute|", typing.Press(Key.Tab, KeyModifiers.Shift).Shown);
        Assert.Equal("/message|", typing.Press(Key.Up).Shown);
        Assert.Equal("/mute|", typing.Press(Key.PageDown).Shown);
        Assert.Equal("/members|", typing.Press(Key.PageUp).Shown);
    }

    [Fact]
    public void Enter_accepts_the_choice_and_does_not_hand_the_line_over()
    {
        var typing = Open().Press(Key.Tab, times: 2).Press(Key.Enter);
        Assert.Equal("/message |", typing.Shown);
        Assert.Null(typing.State.Menu);
        Assert.Empty(typing.Effects);
        Assert.Equal("/m|", typing.Control('_').Shown);
    }

    [Fact]
    public void Enter_without_a_choice_hands_the_line_over() => Assert.Equal(["/m"], Open().Press(Key.Enter).Submitted);

    [Fact]
    public void Escape_closes_the_menu_and_takes_the_choice_back()
    {
        var typing = Open().Press(Key.Tab).Press(Key.Escape);
        Assert.Equal("/m|", typing.Shown);
        Assert.Null(typing.State.Menu);
    }

    [Fact]
    public void Typing_accepts_the_choice()
    {
        var typing = Open().Press(Key.Tab).Text(" b");
        Assert.Equal("/members b|", typing.Shown);
        Assert.Null(typing.State.Menu);
    }

    [Fact]
    public void Typing_without_a_choice_narrows_the_menu()
    {
        var typing = Open().Text("e");
        Assert.Equal(typing.State.Version, typing.Asked);
        typing.Answer(new(0, 3, [.. Commands.Take(2)]));
        Assert.Equal("/members|", typing.Press(Key.Tab).Shown);
        Assert.Equal("/message|", typing.Press(Key.Tab).Shown);
        Assert.Equal("/members|", typing.Press(Key.Tab).Shown);
    }

    [Fact]
    public void A_menu_that_nothing_fits_any_more_closes() => Assert.Null(Open().Text("x").Answer(CompletionList.None).State.Menu);

    [Fact]
    public void Tab_in_a_menu_of_an_earlier_line_waits_for_that_of_this()
    {
        var typing = Open().Text("u").Press(Key.Tab);
        Assert.Equal("/mu|", typing.Shown);
        Assert.Equal("/mute|", typing.Answer(new(0, 3, [Commands[2]])).Shown);
    }

    [Fact]
    public void A_stale_answer_is_ignored()
    {
        var typing = new Typing().Text("/p").Press(Key.Tab);
        var version = typing.State.Version;
        typing.Text("x").Answer(new(0, 2, [new("/ping")]), version);
        Assert.Equal("/px|", typing.Shown);
        Assert.Null(typing.State.Answer);
        Assert.Equal("/px|", typing.Answer(new(0, 3, [new("/pxy")])).Shown);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 4)]
    [InlineData(4, 0)]
    [InlineData(1, -1)]
    public void An_answer_about_another_line_is_no_answer(int start, int length)
    {
        var typing = new Typing().Text("abc").Press(Key.Tab).Answer(new(start, length, [new("x")]));
        Assert.Equal(("abc|", 1), (typing.Shown, typing.Bells));
    }

    [Fact]
    public void Candidates_cannot_bring_control_characters_in() =>
        Assert.Equal("a b[2J |", new Typing().Text("a").Press(Key.Tab).Answer(new(0, 1, [new("a\nb\e[2J")])).Shown);

    [Fact]
    public void The_newest_entry_that_begins_so_is_suggested()
    {
        var typing = new Typing("/ping bob", "/ping eve").Text("/pi");
        Assert.Equal("ng eve", typing.State.Suggestion);
        Assert.Equal("/ping eve|", typing.Press(Key.Right).Shown);
    }

    [Fact]
    public void A_suggestion_is_accepted_by_end_and_word_by_word()
    {
        Assert.Equal("/ping eve|", new Typing("/ping eve").Text("/pi").Press(Key.End).Shown);
        Assert.Equal("/ping| eve", new Typing("/ping eve").Text("/pi").Alt('f').Shown + new Typing("/ping eve").Text("/pi").Alt('f').State.Suggestion);
    }

    [Fact]
    public void Without_history_the_best_completion_is_suggested() =>
        Assert.Equal("embers", new Typing().Text("/m").Answer(new(0, 2, [.. Commands])).State.Suggestion);

    [Fact]
    public void Nothing_is_suggested_within_the_line_or_for_none()
    {
        Assert.Equal("", new Typing("/ping").Text("/pi").Press(Key.Left).State.Suggestion);
        Assert.Equal("", new Typing("/ping").State.Suggestion);
    }

    [Fact]
    public void The_source_is_asked_as_one_types_and_for_the_line_as_it_is()
    {
        var typing = new Typing().Text("/p");
        Assert.Equal(typing.State.Version, typing.Asked);
        typing.Press(Key.Left);
        Assert.NotEqual(typing.State.Version, typing.Asked);
        typing.Press(Key.Tab);
        Assert.Equal(typing.State.Version, typing.Asked);
    }

    private static Typing Open() => new Typing().Text("/m").Press(Key.Tab).Answer(new(0, 2, [.. Commands]));
}
