using ChittyChat.Peer.Prompt;

namespace ChittyChat.Peer.Tests.Prompt;

public sealed class PromptScreenTests
{
    private readonly PromptScreen _screen = new("al> ");
    private readonly LineEditor _line = new();

    [Fact]
    public void Lines_appear_above_the_line_being_typed_and_leave_it_as_it_is()
    {
        var terminal = new FakeTerminal(20);
        Show(terminal, 20);
        Type("hello");
        Show(terminal, 20);
        Show(terminal, 20, "[1] bob: hi", "[2] bob: a line that is longer than the terminal");

        Assert.Equal(["[1] bob: hi", "[2] bob: a line that", " is longer than the", "terminal", "al> hello"], terminal.Rows);
        Assert.Equal((4, 9), terminal.Cursor);
    }

    [Fact]
    public void The_cursor_stands_where_the_next_character_goes()
    {
        var terminal = new FakeTerminal(20);
        Type("hello");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.LeftArrow);
        Show(terminal, 20, "above");

        Assert.Equal(["above", "al> hello"], terminal.Rows);
        Assert.Equal((1, 7), terminal.Cursor);
    }

    [Fact]
    public void A_line_that_is_too_long_scrolls_sideways_so_that_the_cursor_is_always_seen()
    {
        var terminal = new FakeTerminal(20);
        var text = "the quick brown fox jumps over the lazy dog";
        foreach (var c in text)
        {
            Type(c.ToString());
            Show(terminal, 20);
            Assert.Single(terminal.Rows);
            Assert.Equal(c, terminal.Rows[0].PadRight(20)[terminal.Cursor.Column - 1]);
        }

        for (var left = text.Length - 1; left >= 0; left--)
        {
            Press(ConsoleKey.LeftArrow);
            Show(terminal, 20);
            Assert.Single(terminal.Rows);
            Assert.Equal(text[left], terminal.Rows[0].PadRight(20)[terminal.Cursor.Column]);
        }

        Assert.Equal("al> the quick brown", terminal.Rows[0]);
    }

    [Fact]
    public void Emoji_and_wide_letters_take_two_columns_and_move_as_one()
    {
        var terminal = new FakeTerminal(20);
        Type("a");
        Type("👍");
        Type("漢");
        Type("e\u0301");
        Show(terminal, 20);
        Assert.Equal("al> a👍漢e\u0301", terminal.Rows[0]);
        Assert.Equal((0, 10), terminal.Cursor);

        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.LeftArrow);
        Show(terminal, 20);
        Assert.Equal((0, 7), terminal.Cursor);

        Press(ConsoleKey.Backspace);
        Show(terminal, 20);
        Assert.Equal("al> a漢e\u0301", terminal.Rows[0]);
        Assert.Equal((0, 5), terminal.Cursor);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(30)]
    public void After_a_resize_the_prompt_is_there_once(int newWidth)
    {
        var terminal = new FakeTerminal(20);
        Type("hello, world");
        Show(terminal, 20, "above");
        terminal.Resize(newWidth);
        Show(terminal, newWidth, "below");

        Assert.Equal(["above", "below"], terminal.Rows.Take(2));
        Assert.Equal(3, terminal.Rows.Count);
        Assert.EndsWith("orld", terminal.Rows[2], StringComparison.Ordinal);
    }

    [Fact]
    public void When_all_is_over_the_prompt_is_gone()
    {
        var terminal = new FakeTerminal(20);
        Type("half a line");
        Show(terminal, 20, "above");
        _screen.Erase(20);
        terminal.Write(_screen.Take());

        Assert.Equal(["above"], terminal.Rows);
        Assert.Equal((1, 0), terminal.Cursor);
    }

    [Fact]
    public void A_cleared_screen_has_only_the_prompt()
    {
        var terminal = new FakeTerminal(20);
        Type("hello");
        Show(terminal, 20, "above");
        _screen.Erase(20);
        _screen.Clear();
        _screen.Draw(_line, 20);
        terminal.Write(_screen.Take());

        Assert.Equal(["al> hello"], terminal.Rows);
    }

    private void Show(FakeTerminal terminal, int width, params string[] lines)
    {
        _screen.Erase(width);
        foreach (var line in lines)
        {
            _screen.AddLine(line);
        }

        _screen.Draw(_line, width);
        terminal.Write(_screen.Take());
    }

    private void Type(string text) => Assert.True(_line.Insert(text));

    private void Press(ConsoleKey key) => Assert.True(_line.Apply(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false)));
}
