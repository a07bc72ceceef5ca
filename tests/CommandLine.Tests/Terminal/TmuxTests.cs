using System.Globalization;
using ChittyChat.TestSupport;

namespace ChittyChat.CommandLine.Tests.Terminal;

/// <summary>The prompt in a real terminal. What is compared is the whole screen: no stray character anywhere.</summary>
public sealed class TmuxTests
{
    [Fact]
    public async Task Typing_completion_and_search_show_what_they_should()
    {
        await using var tmux = await Tmux.StartAsync(50, 12);
        await tmux.StartProgramAsync();
        await tmux.TypeAsync("helo 漢字 👍");
        await tmux.PressAsync("Home", "Right", "Right", "l");
        await tmux.ShowsAsync("Ready.", Row("test> hello 漢字 👍", "11/128", 50));
        Assert.Equal("9,1", await tmux.CursorAsync());
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync("Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", "test>");

        await tmux.TypeAsync("/me");
        await tmux.PressAsync("Tab");
        await tmux.ShowsAsync(
            "Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", Row("test> /me", "3/128", 50),
            " /members     Who is here", " /membership  How members are found", " /message     Send to one member");
        await tmux.PressAsync("Tab", "Down", "Enter");
        await tmux.ShowsAsync("Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", Row("test> /membership", "12/128", 50));
        await tmux.PressAsync("C-c", "C-r");
        await tmux.TypeAsync("ell");
        await tmux.ShowsAsync("Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", Row("(search: ell) hello 漢字 👍", "11/128", 50));
        await tmux.PressAsync("C-g", "/", "p", "i", "Tab");
        await tmux.ShowsAsync("Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", Row("test> /ping", "6/128", 50));
        await tmux.PressAsync("C-u", "h");
        await tmux.ShowsAsync("Ready.", "test> hello 漢字 👍", "got hello 漢字 👍", Row("test> hello 漢字 👍", "1/128", 50));
        await tmux.PressAsync("End", "Enter");
        await tmux.ShowsAsync(rows => rows.Length == 6 && rows[^2] == "got hello 漢字 👍" && rows[^1] == "test>", "got hello, a second time");
        await tmux.PressAsync("C-l");
        await tmux.ShowsAsync("test>");
    }

    [Fact]
    public async Task A_paste_waits_for_enter_and_is_run_line_by_line()
    {
        await using var tmux = await Tmux.StartAsync(40, 12);
        await tmux.StartProgramAsync();
        await tmux.PasteAsync("one\ntwo\nthree\n");
        await tmux.ShowsAsync("Ready.", "test> one", "| two", "| three", "|");
        await tmux.PressAsync("BSpace");
        await tmux.ShowsAsync("Ready.", "test> one", "| two", Row("| three", "5/128", 40));
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync(rows => rows.Count(row => row.StartsWith("got ", StringComparison.Ordinal)) == 3 && rows[^1] == "test>", "got one to got three");
        await tmux.PressAsync("Up", "Up");
        await tmux.ShowsAsync(rows => rows[^1] == Row("test> two", "3/128", 40), "two from the history");
    }

    [Fact]
    public async Task What_is_typed_survives_messages_and_resizes()
    {
        await using var tmux = await Tmux.StartAsync(60, 15);
        await tmux.StartProgramAsync();
        await tmux.TypeAsync("/print 300");
        await tmux.PressAsync("Enter");
        await tmux.TypeAsync("hello");
        foreach (var columns in (int[])[40, 75, 30, 60])
        {
            await tmux.ResizeAsync(columns, 15);
            await tmux.ShowsAsync(rows => rows[^1] == Row("test> hello", "5/128", columns), $"the line in {columns} columns");
        }

        await tmux.TypeAsync(" world");
        await tmux.ShowsAsync(rows => rows.Length > 1 && rows[^2] == "message 300", "message 300");
        var shown = await tmux.ShowsAsync(rows => rows[^1] == Row("test> hello world", "11/128", 60), "hello world", withScrolledOut: true);
        // Everything that was ever shown, in order, and nothing else.
        string[] expected = ["Ready.", "test> /print 300", .. Enumerable.Range(1, 300).Select(i => string.Create(CultureInfo.InvariantCulture, $"message {i}"))];
        Assert.Equal(expected, shown[Array.IndexOf(shown, "Ready.")..^1]);
    }

    [Fact]
    public async Task Where_the_prompt_has_been_no_blank_rows_appear_when_the_terminal_becomes_narrower()
    {
        await using var tmux = await Tmux.StartAsync(60, 15);
        await tmux.StartProgramAsync();
        await tmux.TypeAsync("/print 3");
        await tmux.PressAsync("Enter");
        // The count at the right end stands where the next message comes.
        await tmux.TypeAsync("hello");
        await tmux.ShowsAsync("Ready.", "test> /print 3", "message 1", "message 2", "message 3", Row("test> hello", "5/128", 60));
        await tmux.ResizeAsync(40, 15);
        // With what tmux itself has moved out, as there were more rows for a moment.
        string[] expected = ["Ready.", "test> /print 3", "message 1", "message 2", "message 3", Row("test> hello", "5/128", 40)];
        await tmux.ShowsAsync(
            rows => rows.Length >= expected.Length && rows.TakeLast(expected.Length).SequenceEqual(expected), string.Join('\n', expected), withScrolledOut: true, asWrapped: true);
    }

    [Fact]
    public async Task Control_c_cancels_clears_and_explains_and_control_d_restores_the_terminal()
    {
        await using var tmux = await Tmux.StartAsync(60, 20);
        await tmux.RunShellAsync($"stty -a > {tmux.HistoryPath()}.before");
        await tmux.StartProgramAsync();
        await tmux.TypeAsync("/wait");
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync("Ready.", "test> /wait", "waiting", "test>");
        await tmux.PressAsync("C-c");
        await tmux.ShowsAsync("Ready.", "test> /wait", "waiting", "cancelled", "test>");
        await tmux.TypeAsync("/secret 1");
        await tmux.PressAsync("C-c");
        await tmux.ShowsAsync("Ready.", "test> /wait", "waiting", "cancelled", "test>");
        await tmux.PressAsync("C-c");
        await tmux.ShowsAsync("Ready.", "test> /wait", "waiting", "cancelled", "Leave with Ctrl-D.", "test>");
        await tmux.TypeAsync("/secret 2");
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync(rows => rows[^2] == "got /secret 2", "got /secret 2");
        await tmux.PressAsync("C-d");
        await tmux.ShowsAsync(rows => rows is [.., "Bye.", "$"], "Bye. and the shell");
        await tmux.RunShellAsync($"clear; stty -a | diff - {tmux.HistoryPath()}.before && echo same");
        await tmux.ShowsAsync("same", "$");
        Assert.Equal(["/wait"], await File.ReadAllLinesAsync(tmux.HistoryPath()));
    }

    [Fact]
    public async Task Suspending_and_an_unhandled_exception_restore_the_terminal()
    {
        await using var tmux = await Tmux.StartAsync(80, 40);
        await tmux.RunShellAsync($"stty -a > {tmux.HistoryPath()}.before");
        await tmux.StartProgramAsync();
        await tmux.TypeAsync("abc");
        await tmux.PressAsync("C-z");
        await tmux.ShowsAsync(rows => rows[^1] == "$" && rows.Any(row => row.Contains("Stopped", StringComparison.Ordinal)), "the shell");
        await tmux.RunShellAsync($"stty -a | diff - {tmux.HistoryPath()}.before && echo same");
        await tmux.ShowsAsync(rows => rows is [.., "same", "$"], "same");
        await tmux.RunShellAsync("fg");
        await tmux.ShowsAsync(rows => rows[^1] == Row("test> abc", "3/128", 80), "the line that was typed");
        await tmux.PressAsync("C-u");
        await tmux.TypeAsync("/throw");
        await tmux.PressAsync("Enter");
        await tmux.ShowsAsync(rows => rows.Any(row => row.Contains("Thrown on purpose.", StringComparison.Ordinal)) && rows[^1] == "$", "the shell after the exception");
        await tmux.RunShellAsync($"clear; stty -a | diff - {tmux.HistoryPath()}.before && echo same");
        await tmux.ShowsAsync("same", "$");
    }

    // The counter ends one column before the right edge.
    private static string Row(string text, string counter, int columns) =>
        text + new string(' ', columns - 1 - counter.Length - DisplayText.Columns(text)) + counter;
}
