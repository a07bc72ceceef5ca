using ChittyChat.TestSupport;

namespace ChittyChat.CommandLine.Tests.Terminal;

public sealed class LinePromptTests
{
    private readonly FakeTerminal _terminal = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Lines_are_handed_over_and_stay_visible()
    {
        await using var prompt = Start(new() { StaysVisible = line => line[0] == '/', Greeting = ["Welcome."] });
        await using var lines = prompt.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator();
        _terminal.Press("/ping\rhello\r");
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("/ping", lines.Current);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("hello", lines.Current);
        await _terminal.ShowsAsync("Welcome.", "> /ping", ">");
    }

    [Fact]
    public async Task Output_appears_above_what_is_being_typed()
    {
        await using var prompt = Start(new());
        _terminal.Press("typi");
        await _terminal.ShowsAsync("> typi");
        prompt.Write("one");
        await prompt.WriteAsync("two\nthree", CancellationToken.None);
        _terminal.Press("ng");
        await _terminal.ShowsAsync("one", "two", "three", "> typing");
    }

    [Fact]
    public async Task The_prompt_is_drawn_anew_when_it_has_changed()
    {
        var members = 1;
        await using var prompt = Start(new() { Prompt = () => $"{Volatile.Read(ref members)}> " });
        await _terminal.ShowsAsync("1>");
        Volatile.Write(ref members, 2);
        prompt.RefreshPrompt();
        await _terminal.ShowsAsync("2>");
    }

    [Fact]
    public async Task Control_d_ends_the_lines_and_the_output_goes_on()
    {
        await using var prompt = Start(new());
        _terminal.Press("\u0004");
        await foreach (var line in prompt.ReadLinesAsync(CancellationToken.None))
        {
            Assert.Fail(line);
        }

        prompt.Write("bye");
        await _terminal.ShowsAsync("bye", "");
        Assert.False(_terminal.IsRaw);
    }

    [Fact]
    public async Task Control_d_does_not_wait_for_ever_for_what_still_runs()
    {
        await using var prompt = Start(new());
        using var command = prompt.BeginCommand(CancellationToken.None);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        command.Token.Register(cancelled.SetResult);
        _terminal.Press("last\r\u0004");
        Assert.Equal(["last"], await prompt.ReadLinesAsync(CancellationToken.None).ToListAsync());

        _time.Advance(LinePrompt.LeaveDelay - TimeSpan.FromMilliseconds(1));
        Assert.False(command.Token.IsCancellationRequested, "a line that was entered has its time to run");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        using var late = prompt.BeginCommand(CancellationToken.None);
        Assert.True(late.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task The_counter_is_of_the_line_that_the_cursor_is_in()
    {
        await using var prompt = Start(new() { Counter = text => text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        _terminal.Press("\e[200~one\nfour\e[201~");
        await _terminal.ShowsAsync("> one", $"| four{new string(' ', 32)}4");
        _terminal.Press("\e[A");
        await _terminal.ShowsAsync("> one", $"| four{new string(' ', 32)}3");
    }

    [Fact]
    public async Task A_closed_terminal_ends_the_lines()
    {
        await using var prompt = Start(new());
        _terminal.Close();
        Assert.Empty(await prompt.ReadLinesAsync(CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task Control_c_cancels_the_running_command_and_forgets_what_waits_behind_it()
    {
        await using var prompt = Start(new());
        using (var command = prompt.BeginCommand(CancellationToken.None))
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            command.Token.Register(cancelled.SetResult);
            _terminal.Press("a\rb\r");
            await _terminal.ShowsAsync("> a", "> b", ">");
            _terminal.Press("\u0003");
            await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            await _terminal.ShowsAsync("> a", "> b", "(2 lines entered after it will not be run)", ">");
        }

        _terminal.Press("\u0003");
        await _terminal.ShowsAsync("> a", "> b", "(2 lines entered after it will not be run)", "Ctrl-D leaves.", ">");
    }

    [Fact]
    public async Task Escape_is_the_key_when_nothing_follows_in_time()
    {
        await using var prompt = Start(new() { Completion = new Scripted(_ => Task.FromResult(new CompletionList(0, 1, [new("ab"), new("ac")]))) });
        _terminal.Press("a\t");
        await _terminal.ShowsAsync("> a", " ab", " ac");
        _terminal.Press("\e");
        prompt.Write("still open");
        await _terminal.ShowsAsync("still open", "> a", " ab", " ac");
        _time.Advance(LinePrompt.EscapeDelay + TimeSpan.FromMilliseconds(1));
        // The menu is gone, and the best candidate is suggested.
        await _terminal.ShowsAsync("still open", "> ab");
    }

    [Fact]
    public async Task A_source_that_never_answers_does_not_stop_typing()
    {
        await using var prompt = Start(new() { Completion = new Scripted(line => line == "ab" ? Task.FromResult(new CompletionList(0, 2, [new("abc")])) : new TaskCompletionSource<CompletionList>().Task) });
        _terminal.Press("a\t");
        await _terminal.ShowsAsync("> a");
        _terminal.Press("b\t");
        await _terminal.ShowsAsync("> abc");
    }

    [Fact]
    public async Task A_source_that_throws_does_no_harm()
    {
        await using var prompt = Start(new() { Completion = new Scripted(_ => throw new InvalidOperationException("no")) });
        _terminal.Press("a\tb");
        await _terminal.ShowsAsync("> ab");
    }

    [Fact]
    public async Task A_prompt_that_throws_does_no_harm()
    {
        await using var prompt = Start(new() { Prompt = () => throw new InvalidOperationException("no"), Counter = _ => throw new InvalidOperationException("no") });
        _terminal.Press("a");
        await _terminal.ShowsAsync("> a");
    }

    [Fact]
    public async Task Lines_that_a_slow_terminal_has_no_room_for_are_counted()
    {
        await using var prompt = Start(new() { OutputCapacity = 2 });
        await _terminal.ShowsAsync(">");
        _terminal.Stop();
        _terminal.Press("x");
        for (var i = 1; i <= 10; i++)
        {
            prompt.Write("line");
        }

        var waiting = prompt.WriteAsync("last", CancellationToken.None);
        _terminal.Continue();
        await waiting;
        _terminal.Press("y\r");
        Assert.Equal("xy", await prompt.ReadLinesAsync(CancellationToken.None).FirstAsync());
    }

    [Fact]
    public async Task Lines_beyond_what_can_wait_are_refused_and_stay()
    {
        await using var prompt = Start(new() { LineCapacity = 1 });
        _terminal.Press("\e[200~a\nb\e[201~\r");
        await _terminal.ShowsAsync("(Not entered: no more than 1 lines can wait to be run.)", "> a", "| b");
    }

    [Fact]
    public async Task What_was_written_before_the_end_is_on_the_screen_after_it()
    {
        var prompt = Start(new());
        for (var i = 1; i <= 3; i++)
        {
            prompt.Write($"line {i}");
        }

        await prompt.DisposeAsync();
        await _terminal.ShowsAsync("line 1", "line 2", "line 3", "");
        Assert.False(_terminal.IsRaw);
    }

    private LinePrompt Start(LinePromptOptions options)
    {
        var prompt = new LinePrompt(options with { HasColours = false }, _time, _terminal);
        prompt.Start();
        return prompt;
    }

    private sealed class Scripted(Func<string, Task<CompletionList>> answer) : ICompletionSource
    {
        public async ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken) => await answer(line);
    }
}
