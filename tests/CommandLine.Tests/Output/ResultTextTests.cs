using System.ComponentModel;

namespace ChittyChat.CommandLine.Tests.Output;

public sealed class ResultTextTests
{
    private static readonly Member[] Members =
    [
        new("bob", new StyledText("alive", Meaning.Success), TimeSpan.FromMilliseconds(1.234), 12, "x"),
        new("漢字", new StyledText("dead", Meaning.Error), null, 7, "x"),
        new("e\u0301va👍", "left", TimeSpan.FromSeconds(2), 1234, "x"),
    ];

    [Fact]
    public void Records_are_an_aligned_table_whatever_the_width_of_their_letters() => Assert.Equal(
        [
            "name   state     rtt  messages sent",
            "bob    alive  1.23ms             12",
            "漢字   dead                       7",
            "e\u0301va👍  left       2s           1234",
        ],
        Text(Members));

    [Fact]
    public void The_meaning_of_a_cell_survives_the_layout()
    {
        var lines = ResultText.Lines(Members, null).ToArray();
        Assert.Contains(lines[1].Runs, run => run.Text.Trim() == "alive" && run.Meaning == Meaning.Success);
        Assert.Contains(lines[2].Runs, run => run.Text.Trim() == "dead" && run.Meaning == Meaning.Error);
        Assert.All(lines[0].Runs, run => Assert.Equal(Meaning.Heading, run.Meaning));
    }

    [Fact]
    public void A_narrow_terminal_wraps_the_cells()
    {
        var lines = Text(new[] { new Note("bob", "a long remark about something") }, 20);
        Assert.All(lines, line => Assert.True(line.Length <= 20, line));
        Assert.Equal("aaboutlongremarksomething", string.Concat(lines.Skip(1).SelectMany(l => l[6..].Split(' ')).Where(w => w.Length > 0).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void In_a_narrow_terminal_columns_without_content_go_first()
    {
        Assert.Equal(["member   rtt  tries", "bob     1.5s      3"], Text(new[] { new Echo("bob", TimeSpan.FromSeconds(1.5), 3) }, 19));
        Member[] members = [new("bob", "alive", null, 12, "x"), new("eve", "", null, 7, "x")];
        Assert.Equal(["name  state  rtt  messages sent", "bob   alive                  12", "eve                           7"], Text(members, 31));
        Assert.Equal(["name  state  messages sent", "bob   alive             12", "eve                      7"], Text(members, 30));
    }

    [Fact]
    public void In_a_terminal_too_narrow_for_a_table_each_record_is_a_list()
    {
        Assert.Equal(
            ["bob", "  state          alive", "  rtt            1.23ms", "  messages sent  12", "漢字", "  state          dead", "  messages sent  7"],
            Text(Members[..2], 24));
        Assert.Equal(["bob", "  state: alive", "  rtt: 1.23ms", "  messages sent: 12"], Text(Members[..1], 12));
        Assert.Equal(["title: news", "open: yes", "load: 0.125", "tags: a, b"], Text(new Page("news", true, 0.125, ["a", "b"], []), 4)[..4]);
    }

    [Fact]
    public void A_record_is_a_list_of_names_and_values() => Assert.Equal(
        [
            "title  news",
            "open   yes",
            "load   0.125",
            "tags   a, b",
            "notes",
            "  from  text",
            "  bob   hi",
        ],
        Text(new Page("news", true, 0.125, ["a", "b"], [new("bob", "hi")])));

    [Fact]
    public void Scalars_are_one_per_line_and_nothing_is_said_to_be_nothing()
    {
        Assert.Equal(["1", "2"], Text(Enumerable.Range(1, 2)));
        Assert.Equal(["a", "b"], Text(new List<string> { "a", "b" }));
        Assert.Equal(["(none)"], Text(Array.Empty<Member>()));
        Assert.Equal(["one    1", "three  3"], Text(new SortedDictionary<string, int> { ["one"] = 1, ["three"] = 3 }));
        Assert.Equal(["v7"], Text(new Version7(7)));
        Assert.Equal(["bob  hi"], [ResultText.OneLine(new Note("bob", "hi")).ToString()]);
        Assert.Equal("bob  rtt 1.5s  tries 3", ResultText.OneLine(new Echo("bob", TimeSpan.FromSeconds(1.5), 3)).ToString());
    }

    [Fact]
    public void What_others_wrote_cannot_break_the_table() => Assert.Equal(
        ["from      text", "e v\uFFFD[31m  [red]x[/]"], Text(new[] { new Note("e\nv\u001b[31m", "[red]x[/]") }));

    private static string[] Text(object result, int? width = null) => [.. ResultText.Lines(result, width).Select(line => line.ToString())];

    private sealed record Member(
        string Name, StyledText State, [property: DisplayName("rtt")] TimeSpan? RoundTrip, int MessagesSent, [property: Browsable(false)] string Hidden);

    private sealed record Note(string From, string Text);

    private sealed record Echo(string Member, TimeSpan Rtt, int Tries);

    private sealed record Page(string Title, bool Open, double Load, string[] Tags, Note[] Notes);

    private sealed record Version7(int Number)
    {
        public override string ToString() => $"v{Number}";
    }
}
