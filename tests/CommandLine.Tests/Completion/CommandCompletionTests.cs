using CsCheck;
using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine.Tests.Completion;

public sealed class CommandCompletionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("completion-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("/pi", "ping")]
    [InlineData("/PI", "ping")]
    [InlineData("/lo", "log")]
    [InlineData("/log ", "level,off")]
    [InlineData("/log l", "level")]
    [InlineData("/log level chat ", "trace,debug,information,warning,error,critical,none")]
    [InlineData("/log level chat de", "debug")]
    [InlineData("/ping ", "ann,bob,'two words',--count,--level,--quiet")]
    [InlineData("/ping b", "bob")]
    [InlineData("/ping 't", "'two words'")]
    [InlineData("/ping \"t", "'two words'")]
    [InlineData("/ping \"b", "\"bob\"")]
    [InlineData("/ping -", "--count,--level,--quiet,--json,--help")]
    [InlineData("/ping bob --c", "--count")]
    [InlineData("/ping --quiet --", "--count,--level,--json,--help")]
    [InlineData("/ping --level ", "trace,debug,information,warning,error,critical,none")]
    [InlineData("/ping --level=w", "--level=warning")]
    [InlineData("/ping --count ", "")]
    [InlineData("/ping --count 3 b", "bob")]
    [InlineData("/ping -- -", "")]
    [InlineData("/ping bob ann", "")]
    [InlineData("/pi|ng bob", "ping")]
    [InlineData("/ping b| --quiet", "bob")]
    [InlineData("/ping | --quiet", "ann,bob,'two words',--count,--level,--quiet")]
    [InlineData("/ping $na", "$name")]
    [InlineData("/ping \"$na", "\"$name\"")]
    [InlineData("/ping '$na", "")]
    [InlineData("/repeat 3 pi", "ping")]
    [InlineData("/repeat 3 /ping b", "bob")]
    [InlineData("/repeat 3 ", "*")]
    [InlineData("/expect fail ping a", "ann")]
    [InlineData("/help lo", "'log level','log off'")]
    [InlineData("/unset wh", "who")]
    [InlineData("/say b", "bob")]
    [InlineData("/say hello b", "")]
    [InlineData("hello", "")]
    [InlineData("", "")]
    [InlineData("# /pi", "")]
    [InlineData("! l", "")]
    [InlineData("/nobody ", "")]
    public async Task What_fits_at_the_cursor_is_offered(string line, string expected)
    {
        using var session = Make();
        var found = await session.Complete(line);
        if (expected == "*")
        {
            Assert.Contains("ping", found);
            return;
        }

        Assert.Equal(expected, string.Join(',', found));
    }

    [Fact]
    public async Task A_candidate_says_what_it_is_and_which_part_of_the_line_it_replaces()
    {
        using var session = Make();
        var list = await session.Interpreter.Completion.CompleteAsync("  /ping  bo --quiet", 10, CancellationToken.None);
        Assert.Equal((9, 2), (list.Start, list.Length));
        Assert.Equal(new Candidate("bob", "alive, 3 ms"), Assert.Single(list.Candidates));
        Assert.Equal(new Candidate("ping", "Measure the round trip"), Assert.Single((await session.Interpreter.Completion.CompleteAsync("/pi", 3, default)).Candidates));
        Assert.Equal(new Candidate("log", "level, off"), Assert.Single((await session.Interpreter.Completion.CompleteAsync("/lo", 3, default)).Candidates));
        Assert.Equal(
            new Candidate("--count", "How often (default 1)"), Assert.Single((await session.Interpreter.Completion.CompleteAsync("/ping --co", 10, default)).Candidates));
    }

    [Fact]
    public async Task Files_are_completed_directory_by_directory()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "my scripts"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "my scripts", "demo.chat"), "");
        await File.WriteAllTextAsync(Path.Combine(_directory, "my.chat"), "");
        await File.WriteAllTextAsync(Path.Combine(_directory, ".hidden"), "");
        using var session = Make();
        Assert.Equal([$"'{_directory}/my scripts/", $"{_directory}/my.chat"], await session.Complete($"/run {_directory}/"));
        Assert.Equal([$"'{_directory}/my scripts/demo.chat'"], await session.Complete($"/run '{_directory}/my scripts/"));
        Assert.Equal([$"{_directory}/.hidden"], await session.Complete($"/run {_directory}/.h"));
        Assert.Empty(await session.Complete("/run /no/such/directory/x"));
    }

    [Fact]
    public async Task Files_at_home_are_completed_as_they_are_typed()
    {
        using var session = Make();
        var home = new DirectoryInfo(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        var name = $".{Path.GetFileName(_directory)}";
        var file = Path.Combine(home.FullName, name);
        await File.WriteAllTextAsync(file, "");
        try
        {
            Assert.Equal([$"~/{name}"], await session.Complete($"/run ~/{name[..^2]}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task What_is_accepted_replaces_the_whole_word_and_then_reads_as_the_value()
    {
        using var session = Make();
        const string Line = "/ping two --quiet";
        var list = await session.Interpreter.Completion.CompleteAsync(Line, 9, CancellationToken.None);
        var accepted = Line.Remove(list.Start, list.Length).Insert(list.Start, list.Candidates[0].Text);
        Assert.Equal(["two words"], await session.Lines(accepted));
    }

    [Fact]
    public async Task Completion_never_throws_wherever_the_cursor_stands()
    {
        using var session = Make();
        string[] pieces =
        [
            "/", "ping", "log", "level", " ", " ", " ", "--", "count", "=", "'", "\"", "\\", "$", "name", "${", "}", "repeat 3 ", "run ", "é", "👍", "\n", "!", "3", "-",
        ];
        var offered = 0;
        await Gen.Int[0, pieces.Length - 1].Array[0, 8].SampleAsync(async chosen =>
        {
            var line = "/" + string.Concat(chosen.Select(i => pieces[i]));
            for (var cursor = 0; cursor <= line.Length; cursor++)
            {
                var list = await session.Interpreter.Completion.CompleteAsync(line, cursor, CancellationToken.None);
                Assert.InRange(list.Start, 0, line.Length);
                Assert.InRange(list.Length, 0, line.Length - list.Start);
                offered += list.Candidates.Length;
            }
        }, iter: 500, threads: 1);
        Assert.True(offered > 1000, $"the generator rarely produced a line that goes on ({offered})");
        Assert.Equal(CompletionList.None, await session.Interpreter.Completion.CompleteAsync("/x", 99, CancellationToken.None));
        Assert.Equal(CompletionList.None, await session.Interpreter.Completion.CompleteAsync("/x", -1, CancellationToken.None));
    }

    [Fact]
    public async Task A_provider_that_fails_offers_nothing()
    {
        using var session = new Session(registry =>
        {
            registry.ProvideValues("room", IEnumerable<Candidate> () => throw new InvalidOperationException("no rooms"));
            registry.Register("enter", "Enter", (string room) => room);
        });
        Assert.Empty(await session.Complete("/enter "));
    }

    [Fact]
    public async Task A_method_of_the_same_class_can_give_the_values()
    {
        using var session = new Session(registry => registry.RegisterFrom(new Rooms()));
        Assert.Equal(["blue", "green"], await session.Complete("/enter "));
        Assert.Equal(["x", "y"], await session.Complete("/enter blue "));
    }

    private static Session Make()
    {
        var session = new Session(registry =>
        {
            registry.Register("ping", "Measure the round trip", (
                [Argument("member", "Whom")] string member,
                [Option("count", "How often")] int count = 1,
                [Option("level", "How loud")] LogLevel level = LogLevel.Information,
                bool quiet = false) => member);
            registry.Register("log level", "Set a level", (string category, LogLevel level) => "");
            registry.Register("log off", "Switch off", () => "");
            registry.Register("say", "Say it", ([RestOfLine("text", "What", Completions = "member")] string text) => text);
            registry.ProvideValues("member", () => [new("ann"), new("bob", "alive, 3 ms"), new("two words")]);
        });
        session.Interpreter.Variables.Set("name", "alice");
        session.Interpreter.Variables.Set("who", "bob");
        return session;
    }

    private sealed class Rooms
    {
        [Command("enter", "Enter a room")]
        public static string Enter([Argument("room", "Which", Completions = nameof(Names))] string room, [Argument("door", "Which", Completions = nameof(DoorsAsync))] string door) => room + door;

        private static IEnumerable<Candidate> Names() => [new("blue"), new("green")];

        private static ValueTask<IEnumerable<string>> DoorsAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ValueTask.FromResult<IEnumerable<string>>(["x", "y"]);
        }
    }
}
