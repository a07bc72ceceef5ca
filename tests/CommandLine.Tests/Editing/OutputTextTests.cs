namespace ChittyChat.CommandLine.Tests.Editing;

public sealed class OutputTextTests
{
    [Fact]
    public void Runs_are_coloured_by_what_they_mean() =>
        Assert.Equal(["\e[1;36mbob\e[0m has \e[33mleft\e[0m"], Lines(new([new("bob", Meaning.Name), new(" has "), new("left", Meaning.Warning)])));

    [Fact]
    public void Without_colours_it_is_plain_text() =>
        Assert.Equal(["bob has left"], OutputText.Lines(new([new("bob", Meaning.Name), new(" has left", Meaning.Warning)]), new Palette(HasColours: false)));

    [Fact]
    public void A_line_break_begins_a_new_line_and_the_meaning_goes_on() =>
        Assert.Equal(["\e[31ma\e[0m", "", "\e[31mb\e[0m"], Lines(new("a\r\n\nb", Meaning.Error)));

    [Fact]
    public void Tabs_become_spaces_up_to_the_next_stop() =>
        Assert.Equal(["漢      b       c"], Lines("漢\tb\tc"));

    [Fact]
    public void Control_characters_cannot_reach_the_terminal() => Assert.Equal(["a␛[2J␍b"], Lines("a\e[2J\rb"));

    private static IReadOnlyList<string> Lines(StyledText text) => OutputText.Lines(text, new Palette(HasColours: true));
}
