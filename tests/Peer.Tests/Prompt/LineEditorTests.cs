using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

public sealed class LineEditorTests
{
    private const string Family = "👨‍👩‍👧";

    private readonly LineEditor _line = new();

    [Fact]
    public void What_is_typed_goes_to_the_cursor()
    {
        Type("hllo");
        Press(ConsoleKey.Home);
        Press(ConsoleKey.RightArrow);
        Type("e");

        Assert.Equal(("hello", 2), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void Backspace_and_delete_take_the_character_on_their_side()
    {
        Type("abcd");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Delete);

        Assert.Equal(("ad", 1), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void An_emoji_of_many_code_points_is_one_step()
    {
        foreach (var rune in $"a{Family}b".EnumerateRunes())
        {
            Type(rune.ToString());
        }

        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Backspace);

        Assert.Equal(("ab", 1), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void The_cursor_never_stands_within_a_character()
    {
        Type("e");
        Press(ConsoleKey.Home);
        Type("x");
        Press(ConsoleKey.End);
        // A combining accent joins what is before it.
        Type("\u0301");
        Press(ConsoleKey.LeftArrow);

        Assert.Equal(("xe\u0301", 1), (_line.Text, _line.Cursor));
    }

    [Theory]
    [InlineData(ConsoleKey.A, "one two three", 0)]
    [InlineData(ConsoleKey.E, "one two three", 13)]
    [InlineData(ConsoleKey.B, "one two three", 7)]
    [InlineData(ConsoleKey.F, "one two three", 9)]
    [InlineData(ConsoleKey.D, "one two hree", 8)]
    [InlineData(ConsoleKey.U, "three", 0)]
    [InlineData(ConsoleKey.K, "one two ", 8)]
    [InlineData(ConsoleKey.W, "one three", 4)]
    [InlineData(ConsoleKey.LeftArrow, "one two three", 4)]
    [InlineData(ConsoleKey.RightArrow, "one two three", 13)]
    public void Control_keys_do_what_they_do_in_a_shell(ConsoleKey key, string text, int cursor)
    {
        Type("one two three");
        for (var i = 0; i < "three".Length; i++)
        {
            Press(ConsoleKey.LeftArrow);
        }

        Press(key, control: true);
        Assert.Equal((text, cursor), (_line.Text, _line.Cursor));
    }

    [Theory]
    [InlineData(ConsoleKey.LeftArrow)]
    [InlineData(ConsoleKey.RightArrow)]
    [InlineData(ConsoleKey.Backspace)]
    [InlineData(ConsoleKey.Delete)]
    [InlineData(ConsoleKey.Home)]
    [InlineData(ConsoleKey.End)]
    [InlineData(ConsoleKey.F5)]
    public void A_key_that_changes_nothing_says_so(ConsoleKey key) =>
        Assert.False(_line.Apply(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false)));

    [Fact]
    public void A_full_line_takes_no_more()
    {
        Type(new string('x', LineEditor.MaxLength - 1));
        Assert.False(_line.Insert("👍"));
        Assert.True(_line.Insert("y"));
        Assert.Equal(LineEditor.MaxLength, _line.Text.Length);
    }

    [Fact]
    public void Taking_the_line_leaves_an_empty_one()
    {
        Type("hello");
        Assert.Equal("hello", _line.Take());
        Assert.Equal(("", 0), (_line.Text, _line.Cursor));
    }

    private void Type(string text) => Assert.True(_line.Insert(text));

    private void Press(ConsoleKey key, bool control = false) => _line.Apply(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control));
}
