using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine.Tests.Commands;

public sealed class BindingTests
{
    private static void Ping(CommandRegistry registry) => registry.Register("ping", "Measure the round trip to a member", (
        [Argument("member", "Whom to ask")] string member,
        [Option("--count", "How often", Letter = 'c'), Range(1, 100)] int count = 1,
        [Option("--every", "How long between two")] TimeSpan? every = null,
        [Option("--quiet", "Say less")] bool quiet = false) => $"{member} {count} {every} {quiet}");

    [Theory]
    [InlineData("/ping bob", "bob 1  False")]
    [InlineData("/ping bob --count 3", "bob 3  False")]
    [InlineData("/ping --count=3 bob", "bob 3  False")]
    [InlineData("/ping -c 3 --quiet bob --every 200ms", "bob 3 00:00:00.2000000 True")]
    [InlineData("/PING 'bob' --QUIET", "bob 1  True")]
    [InlineData("/ping bob --quiet=off", "bob 1  False")]
    [InlineData("/ping '--count'", "--count 1  False")]
    [InlineData("/ping -- --count", "--count 1  False")]
    [InlineData("   /ping bob   ", "bob 1  False")]
    public async Task Arguments_and_options_reach_the_handler(string line, string expected)
    {
        using var session = new Session(Ping);
        Assert.Equal([expected], await session.Lines(line));
    }

    [Theory]
    [InlineData("/ping", "ping needs <member>. Usage: /ping <member> [--count <n>] [--every <duration>] [--quiet]")]
    [InlineData("/ping a b", "ping takes 1 argument: \"b\" is too much. Usage: /ping <member> [--count <n>] [--every <duration>] [--quiet]")]
    [InlineData("/ping a --cuont 3", "ping has no option --cuont. Did you mean --count?")]
    [InlineData("/ping a --zzz", "ping has no option --zzz. Usage: /ping <member> [--count <n>] [--every <duration>] [--quiet]")]
    [InlineData("/ping a --count", "--count needs a value: a whole number. Usage: /ping <member> [--count <n>] [--every <duration>] [--quiet]")]
    [InlineData("/ping a --count x", "--count: \"x\" is not a whole number")]
    [InlineData("/ping a --count 0", "--count: 0 is out of range (1 to 100)")]
    [InlineData("/ping a --count 1 -c 2", "--count is given twice")]
    [InlineData("/ping a --every 5", "--every: \"5\" is not a duration such as 200ms, 5s or 2m")]
    [InlineData("/ping $nobody", "the variable $nobody is not set. Set it with /set nobody <value>, or write \\$ for a dollar.")]
    [InlineData("/ping 'a", "a single quote (') is not closed")]
    [InlineData("/ping \"a", "a double quote (\") is not closed")]
    [InlineData("/pign a", "there is no command \"pign\". Did you mean /ping?")]
    [InlineData("/qqqqqqq", "there is no command \"qqqqqqq\". /help lists the commands.")]
    [InlineData("/", "a command's name is missing after the slash. /help lists the commands.")]
    public async Task A_line_that_does_not_fit_says_what_is_wrong_and_what_would_be_right(string line, string expected)
    {
        using var session = new Session(Ping);
        Assert.Equal(expected, await session.Fails(line));
        Assert.Empty(session.Output.Lines);
    }

    [Theory]
    [InlineData("/all -5 2.5 http://x.org/y 127.0.0.1:7946 debug 1h", "-5|2.5|http://x.org/y|127.0.0.1:7946|Debug|01:00:00|")]
    [InlineData("/all 0 0 xy:z [::1]:1 information 1.5s a 'b c'", "0|0|xy:z|[::1]:1|Information|00:00:01.5000000|a,b c")]
    public async Task Values_of_many_types_can_be_given(string line, string expected)
    {
        using var session = new Session(registry => registry.Register("all", "All types", (
            int whole, double number, Uri address, IPEndPoint end, LogLevel level, TimeSpan duration, params string[] rest) =>
            string.Join('|', whole, number, address, end, level, duration, string.Join(',', rest))));
        Assert.Equal([expected], await session.Lines(line));
    }

    [Fact]
    public async Task An_enum_that_is_mistyped_is_suggested()
    {
        using var session = new Session(registry => registry.Register("level", "Set a level", (LogLevel level) => level));
        Assert.Equal(
            "<level>: \"debgu\" is not one of trace, debug, information, warning, error, critical, none. Did you mean debug?",
            await session.Fails("/level debgu"));
        Assert.Equal(["debug"], await session.Lines("/level DEBUG"));
    }

    [Theory]
    [InlineData("/say it's fine", "it's fine")]
    [InlineData("/say  two  spaces ", "two  spaces")]
    [InlineData("/say \"one quoted  word\"", "one quoted  word")]
    [InlineData("/say \"two\" \"words\"", "\"two\" \"words\"")]
    [InlineData("/say '--json'", "--json")]
    [InlineData("/say a --json", "a --json")]
    [InlineData("/say costs $5 or \\$name", "costs $5 or $name")]
    [InlineData("/say hello $who", "hello world")]
    [InlineData("/say \"hello $who\\n\"", "hello world|")]
    [InlineData("/say '$who'", "$who")]
    public async Task A_text_is_the_rest_of_the_line_as_it_stands(string line, string expected)
    {
        using var session = new Session(registry => registry.Register(
            "say", "Say it", ([RestOfLine("text", "What")] string text) => text.Replace('\n', '|')));
        session.Interpreter.Variables.Set("who", "world");
        Assert.Equal([expected], await session.Lines(line));
    }

    [Theory]
    [InlineData("/open ~/notes.txt", "notes.txt")]
    [InlineData("/open '~/my notes.txt'", "my notes.txt")]
    [InlineData("/open ~", "")]
    public async Task A_path_can_begin_at_home(string line, string below)
    {
        using var session = new Session(registry => registry.Register("open", "Open a file", (FileInfo file) => file.ToString()));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal([below.Length == 0 ? home : Path.Combine(home, below)], await session.Lines(line));
    }

    [Fact]
    public async Task A_name_that_begins_like_home_is_a_name()
    {
        using var session = new Session(registry => registry.Register("open", "Open a file", (FileInfo file) => file.ToString()));
        Assert.Equal(["~bob/x", "./~"], await session.Lines("/open ~bob/x", "/open ./~"));
    }

    [Fact]
    public async Task A_default_that_no_constant_can_be_is_given_as_it_would_be_typed()
    {
        using var session = new Session(registry => registry.Register("hang", "Hang", ([Argument("time", "How long", Default = "10s")] TimeSpan time) => time.TotalSeconds));
        Assert.Equal("/hang [<time>]", session.Registry.Find("hang")!.Usage);
        Assert.Equal(["10", "2"], await session.Lines("/hang", "/hang 2s"));

        var wrong = Assert.Throws<ArgumentException>(
            () => session.Registry.Register("wrong", "Be wrong", ([Argument("time", "How long", Default = "soon")] TimeSpan time) => time.TotalSeconds));
        Assert.Equal("/wrong: the default of <time> is none: \"soon\" is not a duration such as 200ms, 5s or 2m", wrong.Message);
    }

    [Fact]
    public async Task Context_and_token_are_given_and_no_part_of_the_usage()
    {
        using var session = new Session(registry => registry.Register(
            "who", "Say who", (CommandContext context, CancellationToken token) => $"{context.Command!.Name} {token.CanBeCanceled}"));
        using var source = new CancellationTokenSource();
        await session.Run("/who", source.Token);
        Assert.Equal(["who True"], session.Output.Lines);
        Assert.Equal("/who", session.Registry.Find("who")!.Usage);
    }

    [Fact]
    public async Task What_may_be_null_or_has_a_default_can_be_left_out()
    {
        using var session = new Session(registry => registry.Register("o", "Optional", (string? a, int b = 7) => $"{a ?? "null"} {b}"));
        Assert.Equal("/o [<a>] [<b>]", session.Registry.Find("o")!.Usage);
        Assert.Equal(["null 7", "x 7", "x 8"], await session.Lines("/o", "/o x", "/o x 8"));
    }
}
