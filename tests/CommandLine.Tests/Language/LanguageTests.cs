namespace ChittyChat.CommandLine.Tests.Language;

public sealed class LanguageTests
{
    [Fact]
    public async Task Plain_text_is_published_verbatim_and_comments_and_blank_lines_are_not()
    {
        using var session = new Session();
        await session.Lines("hello $you  \"all\" ", "# a comment", "", "   ", "  # another", @"\/shrug", @"\\o/", @"\# one", "it's #1");
        Assert.Equal(["hello $you  \"all\" ", "/shrug", @"\o/", "# one", "it's #1"], session.Published);
        Assert.Empty(session.Output.Lines);
    }

    [Fact]
    public async Task Plain_text_without_anybody_to_take_it_is_refused()
    {
        var output = new RecordedOutput();
        Assert.Equal(2, (await new CommandInterpreter(new CommandRegistry()).ExecuteAsync("hello", output)).ExitCode);
        Assert.Equal(["\"hello\" is no command. Commands begin with a slash: /help lists them."], output.Errors);
    }

    [Theory]
    [InlineData("/echo $name", "alice")]
    [InlineData("/echo ${name}s", "alices")]
    [InlineData("/words a$name\"$name b\"'$name'", "aalicealice b$name")]
    [InlineData("/words \"\\$name\" \\$name", "$name|$name")]
    [InlineData("/words $5 $ a$ $$", "$5|$|a$|$$")]
    [InlineData("/words $spaced", "a  b")]
    public async Task Variables_are_replaced_and_never_split(string line, string expected)
    {
        using var session = new Session(registry => registry.Register("words", "Show words", (params string[] words) => string.Join('|', words)));
        session.Interpreter.Variables.Provide("name", "the peer's name", () => "alice");
        session.Interpreter.Variables.Set("spaced", "a  b");
        Assert.Equal([expected], await session.Lines(line));
    }

    [Fact]
    public async Task Variables_are_set_listed_and_forgotten()
    {
        using var session = new Session();
        session.Interpreter.Variables.Provide("last", "the last message", () => null);
        session.Interpreter.Variables.Provide("name", "the peer's name", () => "alice");
        await session.Lines("/set who bob", "/set greeting hello  $who", "/echo $greeting", "/unset who", "/variables");
        Assert.Equal(
            ["hello  bob", "name      value       origin", "greeting  hello  bob  set here", "name      alice       the peer's name"], session.Output.Lines);
        Assert.Equal("the variable $who is not set. Set it with /set who <value>, or write \\$ for a dollar.", await session.Fails("/echo $who"));
        Assert.Equal("the variable $last (the last message) has no value yet. Set it with /set last <value>, or write \\$ for a dollar.", await session.Fails("/echo $last"));
        Assert.Equal("$name cannot be set: it is the peer's name", await session.Fails("/set name eve"));
        Assert.Equal("\"5a\" cannot be a variable's name. Names are letters, digits and _, and do not begin with a digit.", await session.Fails("/set 5a x"));
        Assert.Equal("the variable $greetin is not set. Did you mean greeting?", await session.Fails("/unset greetin", ExitCodes.Failure));
        Assert.Equal("${ begins a variable, but no name and } follow. Write \\$ or '$' for a dollar.", await session.Fails("/unset ${a"));
    }

    [Fact]
    public async Task A_command_that_runs_itself_ends_with_an_error()
    {
        using var session = new Session(registry => registry.Register("again", "Run itself", async (CommandContext context, CancellationToken token) =>
        {
            var outcome = await context.ExecuteAsync("/again", token);
            throw new CommandException(outcome.Error!);
        }));
        Assert.Equal("lines are nested more than 32 deep", await session.Fails("/again", ExitCodes.Failure));
    }
}
