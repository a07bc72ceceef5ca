using System.ComponentModel.DataAnnotations;

namespace ChittyChat.CommandLine.Tests.Help;

public sealed class HelpTests
{
    private enum Mood
    {
        Calm,
        HalfAwake,
    }

    [Theory]
    [InlineData("/help ping")]
    [InlineData("/help /ping")]
    [InlineData("/ping --help")]
    [InlineData("/ping bob -h --wrong")]
    public async Task The_help_of_a_command_shows_all_that_the_registry_knows(string line)
    {
        using var session = Make();
        Assert.Equal(
            [
                "/ping  Measure the round trip to a member",
                "Usage: /ping <member> [--count <n>] [--every <duration>] [--mood <value>] [--quiet]",
                "Also: /p",
                "  <member>            Whom to ask",
                "  --count <n>, -c     How often (1 to 100; default 3)",
                "  --every <duration>  A duration such as 200ms, 5s or 2m",
                "  --mood <value>      How (one of calm, half-awake; default half-awake)",
                "  --quiet             Say less",
                "  --json              Write the result as JSON",
                "  --help, -h          Show this",
                "Examples:",
                "  /ping bob    once",
                "  /p ann -c 2  twice",
            ],
            await session.Lines(line));
    }

    [Fact]
    public async Task The_overview_names_every_command_under_its_group()
    {
        using var session = Make();
        var lines = await session.Lines("/help");
        foreach (var command in session.Registry.Commands)
        {
            Assert.Single(lines, line => line.TrimStart().StartsWith($"/{command.Name} ", StringComparison.Ordinal) && line.EndsWith(command.Description, StringComparison.Ordinal));
        }

        Assert.Contains("general: help, variables, output", lines);
        Assert.Equal("/help <command> explains one; --help and --json go with every command; Tab completes.", lines[^1]);
    }

    [Fact]
    public async Task The_help_of_a_group_or_a_first_word_lists_what_is_there()
    {
        using var session = Make();
        string[] disk = ["  /disk fill  Fill the disk", "  /disk free  Free the disk"];
        Assert.Equal(disk, await session.Lines("/help disk"));
        var again = await session.Lines("/disk --help");
        Assert.Equal([.. disk, .. disk], again);
        Assert.Contains("  /sleep        Wait for some time", await session.Lines("/help script"));
        Assert.Equal("there is no command or group \"sleeep\". Did you mean /help sleep?", await session.Fails("/help sleeep"));
        Assert.Equal("there is no command or group \"zzzzz\". /help lists them.", await session.Fails("/help zzzzz"));
    }

    [Fact]
    public async Task Help_fits_the_terminal_and_keeps_words_whole()
    {
        using var session = Make(60);
        Assert.Equal(
            [
                "/ping  Measure the round trip to a member",
                "Usage: /ping <member> [--count <n>] [--every <duration>]",
                "  [--mood <value>] [--quiet]",
                "Also: /p",
                "  <member>            Whom to ask",
                "  --count <n>, -c     How often (1 to 100; default 3)",
                "  --every <duration>  A duration such as 200ms, 5s or 2m",
                "  --mood <value>      How (one of calm, half-awake; default",
                "                      half-awake)",
                "  --quiet             Say less",
                "  --json              Write the result as JSON",
                "  --help, -h          Show this",
                "Examples:",
                "  /ping bob    once",
                "  /p ann -c 2  twice",
            ],
            await session.Lines("/ping --help"));
    }

    [Fact]
    public async Task In_a_narrow_terminal_a_description_stands_below_its_name()
    {
        using var session = Make(30);
        Assert.Equal(["  /disk fill", "    Fill the disk", "  /disk free", "    Free the disk"], await session.Lines("/help disk"));
        var lines = await session.Lines("/help", "/help script", "/ping --help");
        Assert.All(lines, line => Assert.InRange(DisplayText.Columns(line), 0, 30));
    }

    [Theory]
    [InlineData("/must --help", "  <count>     How many")]
    [InlineData("/many --help", "  <name>      Whom")]
    [InlineData("/later --help", "  <wait>      How long (default 10s)")]
    public async Task Only_what_may_be_left_out_has_a_default(string line, string expected)
    {
        using var session = new Session(registry =>
        {
            registry.Register("must", "Need a number", ([Argument("count", "How many")] int count) => count);
            registry.Register("many", "Take names", ([Argument("name", "Whom")] params string[] names) => names);
            registry.Register("later", "Wait", ([Argument("wait", "How long", Default = "10s")] TimeSpan wait) => wait);
        });
        Assert.Contains(expected, await session.Lines(line));
    }

    [Theory]
    [InlineData("/unset --help --json", "/help unset --json")]
    [InlineData("/unset --json --help", "/help unset --json")]
    [InlineData("/disk --help --json", "/help disk --json")]
    [InlineData("/disk --json --help", "/help disk --json")]
    public async Task With_json_the_option_help_is_data_too_of_commands_and_of_first_words(string line, string help)
    {
        using var session = Make();
        Assert.Equal(await session.Lines(help), (await session.Lines(line))[1..]);
    }

    [Fact]
    public async Task With_json_help_is_data()
    {
        using var session = Make();
        var lines = await session.Lines("/help unset --json");
        Assert.Equal(
            ["{\"name\":\"unset\",\"group\":\"general\",\"description\":\"Forget a variable\",\"usage\":\"/unset <name>\",\"aliases\":[],"
                + "\"parameters\":[{\"name\":\"name\",\"kind\":\"argument\",\"usage\":\"<name>\",\"description\":\"The variable\",\"required\":true}],\"examples\":[]}"],
            lines);
    }

    [Fact]
    public async Task Every_standard_command_explains_itself_and_its_examples_name_it()
    {
        using var log = new LiveLog([], TimeProvider.System);
        using var session = new Session(registry => registry.AddStandardCommands(new SettingsStore(), log), standard: false);
        foreach (var command in session.Registry.Commands)
        {
            var lines = await session.Lines($"/{command.Name} --help");
            Assert.Contains($"Usage: {command.Usage}", lines);
            Assert.All(command.Parameters, parameter => Assert.NotEqual("", parameter.Description));
            Assert.False(command.Description.EndsWith('.'), command.Description);
            foreach (var example in command.Examples)
            {
                var line = example.Line.StartsWith('!') ? $"/shell{example.Line[1..]}" : example.Line;
                Assert.Equal(command, session.Registry.ReadName(new LineReader(line, 1, null), out _));
            }
        }
    }

    [Fact]
    public void The_reference_has_every_command_with_usage_parameters_and_examples()
    {
        using var session = Make();
        var page = CommandReference.ToMarkdown(session.Registry, "Commands", "All of them.");
        Assert.StartsWith("# Commands\n\nAll of them.\n\n## general\n\nHelp, variables, output.\n", page, StringComparison.Ordinal);
        Assert.All(session.Registry.Commands, command => Assert.Contains(
            $"\n### /{command.Name}\n\n{command.Description}.\n\n```\n{command.Usage}\n```\n", page, StringComparison.Ordinal));
        Assert.Contains(
            "\nAlso: `/p`.\n\n| parameter | meaning |\n| --- | --- |\n| `<member>` | Whom to ask |\n| `--count <n>, -c` | How often (1 to 100; default 3) |\n",
            page, StringComparison.Ordinal);
        Assert.Contains("\n- `/ping bob`: once\n- `/p ann -c 2`: twice\n", page, StringComparison.Ordinal);
    }

    private static Session Make(int? width = null) => new(registry =>
    {
        registry.Register("ping", "Measure the round trip to a member", (
            [Argument("member", "Whom to ask")] string member,
            [Option("count", "How often", Letter = 'c'), Range(1, 100)] int count = 3,
            [Option("every", "")] TimeSpan? every = null,
            [Option("mood", "How")] Mood mood = Mood.HalfAwake,
            [Option("quiet", "Say less")] bool quiet = false) => member, aliases: ["p"], examples: [("/ping bob", "once"), ("/p ann -c 2", "twice")]);
        registry.Register("disk fill", "Fill the disk", () => "");
        registry.Register("disk free", "Free the disk", () => "");
    })
    {
        Output = new() { Width = width },
    };
}
