using ChittyChat.TestServer.Scripts;

namespace ChittyChat.TestServer.Tests.Scripts;

public sealed class ScriptParserTests
{
    private const string Header = "scenario \"s\": \"teaches\"\npeers alice bob carol\n";

    [Fact]
    public void A_script_has_a_title_peers_services_and_a_time_out()
    {
        var script = ScriptParser.Parse("x.chat", "scenario \"First\": \"what\" # comment\nservices redis bootstrap\npeers p1..p3 alice\nlater dave\ntimeout 1.5s\n");

        Assert.Equal(("First", "what", TimeSpan.FromSeconds(1.5)), (script.Scenario, script.Teaches, script.Timeout));
        Assert.Equal(["p1", "p2", "p3", "alice"], script.Peers.ToArray());
        Assert.Equal(["dave"], script.Later.ToArray());
        Assert.Equal([ServiceKind.Bootstrap, ServiceKind.Redis], script.Services.ToArray());
    }

    [Fact]
    public void A_line_for_a_peer_is_taken_as_it_is()
    {
        var act = Assert.IsType<ActStep>(Assert.Single(ScriptParser.Parse("x.chat", Header + "  alice bob:  say \"it\" # not a comment ").Steps));

        Assert.Equal(["alice", "bob"], act.Peers.Names.ToArray());
        Assert.Equal("say \"it\" # not a comment", act.Line.Source);
        Assert.Equal(new Position(3, 3), act.At);
        Assert.IsType<Answer.Success>(act.Answer);
    }

    [Fact]
    public void Blocks_nest_and_have_variables()
    {
        var script = ScriptParser.Parse("x.chat", Header + """
            set n 3
            repeat $n as k
              parallel
                all: $k of ${n} costs $$5
              end
            end
            """);

        var repeat = Assert.IsType<RepeatStep>(script.Steps[1]);
        var parallel = Assert.IsType<ParallelStep>(Assert.Single(repeat.Steps));
        var act = Assert.IsType<ActStep>(Assert.Single(parallel.Steps));
        Assert.Equal("2 of 3 costs $5", act.Line.Expand(new Dictionary<string, string> { ["k"] = "2", ["n"] = "3" }));
    }

    [Fact]
    public void Every_expectation_is_understood()
    {
        var script = ScriptParser.Parse("x.chat", Header + """
            expect bob sees "hello" from alice count 2 within 5s
            expect bob carol see containing "ell" at least 3
            expect bob sees matching /^he\/l+o$/
            expect bob sees carol left
            expect bob never sees "x" within 2s
            expect bob sees "a" before "b"
            expect alice members alice bob
            expect alice members without carol within 20s
            expect alice considers bob suspect
            expect all agree on messages within 10s
            expect fail alice: /ping nobody
            expect fail containing "limit" alice: too long
            expect output containing "bob" alice: /members
            """);

        var expectations = script.Steps.OfType<ExpectStep>().Select(step => step.Expectation).ToArray();
        var sees = Assert.IsType<Expectation.Sees>(expectations[0]);
        Assert.Equal(("alice", 2, true), (sees.From, sees.Count, sees.Exactly));
        Assert.Equal(TimeSpan.FromSeconds(5), script.Steps.OfType<ExpectStep>().First().Within);
        Assert.Equal((3, false), (Assert.IsType<Expectation.Sees>(expectations[1]).Count, Assert.IsType<Expectation.Sees>(expectations[1]).Exactly));
        Assert.Matches(Assert.IsType<TextMatch.Matching>(Assert.IsType<Expectation.Sees>(expectations[2]).Text).Regex, "he/lo");
        Assert.Equal(new TextMatch.Announcement("carol", HasJoined: false), Assert.IsType<Expectation.Sees>(expectations[3]).Text);
        Assert.IsType<Expectation.NeverSees>(expectations[4]);
        Assert.IsType<Expectation.SeesBefore>(expectations[5]);
        Assert.Equal(["alice", "bob"], Assert.IsType<Expectation.Members>(expectations[6]).Peers.Names.ToArray());
        Assert.False(Assert.IsType<Expectation.MembersWith>(expectations[7]).Included);
        Assert.Equal(Standing.Suspect, Assert.IsType<Expectation.Considers>(expectations[8]).Standing);
        Assert.IsType<Expectation.AgreeOnMessages>(expectations[9]);
        Assert.Equal(
            [typeof(Answer.Failure), typeof(Answer.Failure), typeof(Answer.Output)], script.Steps.OfType<ActStep>().Select(step => step.Answer.GetType()));
    }

    [Fact]
    public void Every_fault_is_understood()
    {
        var script = ScriptParser.Parse("x.chat", "scenario \"s\"\nservices redis\npeers alice bob carol\n" + """
            crash bob
            restart bob same-ports
            restart redis
            cut alice from bob carol
            cut alice to bob
            delay alice to bob 200ms jitter 50ms
            drop alice to all 30%
            heal alice
            """);

        Assert.True(Assert.IsType<ProcessStep>(script.Steps[1]).SamePorts);
        Assert.Equal([ServiceKind.Redis], Assert.IsType<ProcessStep>(script.Steps[2]).Services.ToArray());
        var links = script.Steps.OfType<LinkStep>().ToArray();
        Assert.Equal([LinkAction.Cut, LinkAction.CutOneWay, LinkAction.Delay, LinkAction.Drop, LinkAction.Heal], links.Select(link => link.Action));
        Assert.Equal(["bob", "carol"], links[0].Others.Names.ToArray());
        Assert.Equal(("200ms --jitter 50ms", "30"), (links[2].Amount, links[3].Amount));
    }

    [Theory]
    [InlineData("crahs bob", 1, "'crahs' is no step; did you mean 'crash'?")]
    [InlineData("kill bob", 1, "'kill' is no step; peers and services 'crash'")]
    [InlineData("crash bbo", 7, "'bbo' is no peer of this scenario; did you mean 'bob'?")]
    [InlineData("dave: hello", 1, "'dave' is no peer of this scenario; there are alice, bob, carol")]
    [InlineData("alice:", 7, "what to execute is missing: a text to publish, or a command such as /members")]
    [InlineData("alice: $who is there", 8, "'$who' has no value here; set it before, or write $$ for a dollar sign")]
    [InlineData("restart redis", 9, "this scenario has no redis; declare it at the top: services redis")]
    [InlineData("sleep 5", 7, "'5' is no time; write 500ms, 5s or 1m")]
    [InlineData("sleep 11m", 7, "a time is from 1ms to 10m, and '11m' is not")]
    [InlineData("repeat 0\nalice: $i\nend", 8, "a number from 1 to 10000 is expected here, or a variable that has one, not '0'")]
    [InlineData("repeat 3", 1, "'repeat' has no 'end'")]
    [InlineData("end", 1, "'end' without 'parallel' or 'repeat'")]
    [InlineData("expect bob sees", 16, "what is seen is expected here: \"a text\", containing \"part of it\", matching /a pattern/, or a peer with joined or left")]
    [InlineData("expect bob sees \"x", 17, "the quotes are not closed")]
    [InlineData("expect bob sees \"x\" form alice", 21, "'form' does not belong after this 'expect'")]
    [InlineData("expect bob sees \"x\" count none", 27, "a count from 1 to 100000 is expected here, not 'none'")]
    [InlineData("expect bob sees matching /(/", 26, "the regular expression is wrong: Invalid pattern '(' at offset 1. Not enough )'s.")]
    [InlineData("expect bob never sees \"x\"", 26, "how long to watch is missing: within 2s")]
    [InlineData("expect bob agree on members", 1, "one peer alone cannot disagree; name several, or all")]
    [InlineData("expect all agree on member", 21, "'members' or 'messages' is expected here, not 'member'; did you mean 'members'?")]
    [InlineData("expect bob considers carol dead", 28, "alive, suspect or gone is expected here, not 'dead'")]
    [InlineData("cut alice from alice", 1, "'alice' stands on both sides")]
    [InlineData("cut alice", 10, "'from' is expected here")]
    [InlineData("drop alice to bob 0%", 19, "a percentage from 1% to 100% is expected here, not '0%'")]
    [InlineData("leave", 6, "a peer's name is expected here")]
    [InlineData("parallel now\nalice: x\nend", 10, "'now' does not belong after 'parallel'")]
    [InlineData("alice hello", 1, "'alice' is no step, but a peer; what it executes comes after a colon: alice: hello")]
    [InlineData("wait 5s", 1, "'wait' is no step; expectations wait by themselves, and 'sleep 5s' lets time pass")]
    [InlineData("set x $y", 7, "'$y' has no value here; set it before, or write $$ for a dollar sign")]
    [InlineData("repeat 3 as 3\nalice: x\nend", 13, "'3' is no name for a variable: a letter, then letters, digits and '_'")]
    [InlineData("expect bob sees hello", 17, "'hello' is no peer of this scenario; if it is a text, put it in quotes")]
    [InlineData("expect bob sees carlo left", 17, "'carlo' is no peer of this scenario; did you mean 'carol'?")]
    [InlineData("expect bob sees contianing \"x\"", 17, "'contianing' is no peer of this scenario; did you mean 'containing'?")]
    [InlineData("expect bob sees \"x\" count 0", 27, "nothing comes 0 times after a while; say for how long to watch: never sees … within 2s")]
    [InlineData("expect bob sees matching /(?=x)/", 26, "the regular expression looks ahead, behind or back at what it has matched, or repeats too often; write one without")]
    [InlineData("peers dave", 0, "")]
    public void A_mistake_is_told_with_its_place_and_what_would_be_right(string line, int column, string message)
    {
        if (column == 0)
        {
            // A declaration is welcome as long as there was no step.
            Assert.Equal(4, ScriptParser.Parse("x.chat", Header + line).Peers.Length);
            return;
        }

        var problem = Assert.Single(Assert.Throws<ScriptException>(() => ScriptParser.Parse("x.chat", Header + line)).Problems);

        Assert.Equal((new Position(3, column), message), (problem.At, problem.Message));
    }

    [Fact]
    public void All_mistakes_are_told_in_order_as_compilers_write_them()
    {
        var error = Assert.Throws<ScriptException>(() => ScriptParser.Parse("bad.chat", "peers alice alice\n\nsleep\nalice: hi\ntimeout 3s\nset 1a \"x\"\n"));

        Assert.Equal(
            """
            bad.chat:1:1: a script begins with: scenario "its title": "what it teaches"
            bad.chat:1:13: there is a peer 'alice' already
            bad.chat:3:6: a time such as 500ms, 5s or 1m is expected here
            bad.chat:5:1: 'timeout' belongs before the first step
            bad.chat:6:5: '1a' is no name for a variable: a letter, then letters, digits and '_'
            """.ReplaceLineEndings("\n"), error.Message);
    }

    [Fact]
    public void A_value_that_is_given_from_outside_has_to_be_one_of_the_script()
    {
        Assert.Contains("a value is given for 'rond', which the script does not set; did you mean 'round'?",
            Assert.Throws<ScriptException>(() => ScriptParser.Parse("x.chat", Header + "set round 1\nalice: $round", ["rond"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_cannot_be_set_in_a_parallel_block() => Assert.Contains(
        "4:1: in a parallel block a variable would have no certain value; set it before",
        Assert.Throws<ScriptException>(() => ScriptParser.Parse("x.chat", Header + "parallel\nset x 1\nalice: hi\nend")).Message, StringComparison.Ordinal);
}
