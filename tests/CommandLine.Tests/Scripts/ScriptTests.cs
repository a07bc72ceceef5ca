namespace ChittyChat.CommandLine.Tests.Scripts;

public sealed class ScriptTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("scripts-").FullName;
    private readonly Session _session = new(registry => registry.Register("fail", "Fail", void (string why = "no reason") => throw new CommandException(why, "Try again.", 5)));

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_script_has_the_language_of_the_prompt()
    {
        var path = Write("demo.chat", "# a comment", "", "/set who bob", "hello $who", "/echo hi  $who", "  /echo indented", "! echo from the shell");
        Assert.Equal(["hi  bob", "indented", "from the shell"], await _session.Lines($"/run {path}"));
        Assert.Equal(["hello $who"], _session.Published);
    }

    [Fact]
    public async Task The_first_error_stops_it_and_is_shown_with_file_and_line()
    {
        var path = Write("demo.chat", "/echo one", "", "/fail oops", "/echo two");
        Assert.Equal($"{path}:3: oops. Try again.", await _session.Fails($"/run {path}", 5));
        Assert.Equal(["one"], _session.Output.Lines);
        Assert.Single(_session.Output.Errors);
    }

    [Fact]
    public async Task Told_to_it_goes_on_and_ends_with_the_exit_code_of_the_first_failure()
    {
        var path = Write("demo.chat", "/fail first", "/echo two", "/nobody", "/echo three");
        Assert.Equal($"{path}: 2 lines failed", await _session.Fails($"/run {path} --keep-going", 5));
        Assert.Equal(["two", "three"], _session.Output.Lines);
        Assert.Equal(
            [$"{path}:1: first. Try again.", $"{path}:3: there is no command \"nobody\". /help lists the commands.", $"{path}: 2 lines failed"], _session.Output.Errors);
    }

    [Fact]
    public async Task An_included_script_is_found_beside_the_one_that_includes_it_and_its_errors_name_both()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "parts"));
        Write("parts/inner.chat", "/echo inside", "/fail");
        var path = Write("outer.chat", "/include parts/inner.chat");
        Assert.Equal($"{path}:1: parts/inner.chat:2: no reason. Try again.", await _session.Fails($"/run {path}", 5));
        Assert.Equal(["inside"], _session.Output.Lines);
    }

    [Fact]
    public async Task A_script_cannot_include_itself_nor_nest_without_end()
    {
        Write("a.chat", "/include b.chat");
        Write("b.chat", "/include a.chat");
        var a = Path.Combine(_directory, "a.chat");
        Assert.Equal($"{a}:1: b.chat:1: a.chat is running already: a script cannot include itself", await _session.Fails($"/run {a}", 1));

        for (var i = 0; i <= 17; i++)
        {
            Write($"deep{i}.chat", $"/include deep{i + 1}.chat");
        }

        Assert.EndsWith("deep15.chat:1: deep16.chat: scripts are nested more than 16 deep", await _session.Fails($"/run {_directory}/deep0.chat", 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocks_repeat_and_nest()
    {
        var path = Write("demo.chat", "/set n 2", "/repeat $n", "  /echo outer", "  /repeat 3", "    /echo inner", "  /end", "/end", "/repeat 0", "/fail", "/end");
        Assert.Equal(["outer", "inner", "inner", "inner", "outer", "inner", "inner", "inner"], await _session.Lines($"/run {path}"));
    }

    [Theory]
    [InlineData("/repeat 2|/echo x", ":1: /repeat has no /end")]
    [InlineData("/echo x|/end", ":2: /end has no /repeat")]
    [InlineData("/echo x|/repeat many|/end", ":2: <times>: \"many\" is not a whole number from 0 to 1000000")]
    [InlineData("/echo x|/repeat $m|/end", ":2: the variable $m is not set. Set it with /set m <value>, or write \\$ for a dollar.")]
    public async Task A_block_that_is_wrong_is_reported_at_its_line(string lines, string expected)
    {
        var path = Write("demo.chat", lines.Split('|'));
        Assert.Equal(path + expected, await _session.Fails($"/run {path}"));
    }

    [Fact]
    public async Task A_failure_in_a_block_stops_the_script_at_its_line()
    {
        var path = Write("demo.chat", "/repeat 3", "/echo x", "/fail", "/end", "/echo never");
        Assert.Equal($"{path}:3: no reason. Try again.", await _session.Fails($"/run {path}", 5));
        Assert.Equal(["x"], _session.Output.Lines);
    }

    [Fact]
    public async Task Lines_are_shown_before_they_run_when_asked_for()
    {
        var path = Write("demo.chat", "# no", "/echo one");
        Assert.Equal(["/echo one", "one"], await _session.Lines($"/run {path} --echo"));
    }

    [Fact]
    public async Task With_json_each_line_of_a_script_writes_a_document()
    {
        var path = Write("demo.chat", "/echo one", "/repeat 2 echo two", "/fail");
        Assert.Equal(5, (await _session.Run($"/run {path} --json --echo")).ExitCode);
        Assert.Equal(["\"one\"", "\"two\"", "\"two\"", $"{{\"error\":\"{path}:3: no reason\",\"hint\":\"Try again.\",\"exitCode\":5}}"], _session.Output.Lines);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named()
    {
        Assert.Equal($"there is no file {_directory}/none.chat", await _session.Fails($"/run {_directory}/none.chat", 1));
        Assert.StartsWith($"{_directory} cannot be read: ", await _session.Fails($"/run {_directory}", 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_script_in_the_middle_of_a_line()
    {
        var path = Write("demo.chat", "/echo begun", "/sleep 1h", "/echo never");
        using var source = new CancellationTokenSource();
        var running = _session.Run($"/run {path}", source.Token);
        await _session.Output.LineWith("begun");
        await source.CancelAsync();
        Assert.Equal(ExitCodes.Cancelled, (await running).ExitCode);
        Assert.Equal(["begun"], _session.Output.Lines);
    }

    [Fact]
    public async Task Sleeping_and_repeating_work_at_the_prompt_too()
    {
        var sleeping = _session.Run("/sleep 1m");
        await Until.True(() => _session.Time.ArmedTimers == 1, "the sleep begins");
        _session.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(sleeping.IsCompleted);
        _session.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await sleeping).Succeeded);

        Assert.Equal(["hi $", "hi $", "a", "a"], await _session.Lines("/repeat 2 echo hi \\$", "/repeat 2 ! echo a"));
        Assert.Equal("no reason. Try again.", await _session.Fails("/repeat 5 fail", 5));
        Assert.Equal("repeat needs <command…>. Usage: /repeat <times> <command…>", await _session.Fails("/repeat 3"));
    }

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
