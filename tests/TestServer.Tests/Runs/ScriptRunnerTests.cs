using ChittyChat.TestServer.Runs;
using ChittyChat.TestServer.Scripts;
using ChittyChat.TestSupport;

namespace ChittyChat.TestServer.Tests.Runs;

public sealed class ScriptRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();
    private readonly RunRecord _record;
    private readonly FakeStage _stage;
    private readonly CancellationTokenSource _cancel = new();

    public ScriptRunnerTests()
    {
        _record = new RunRecord(_time);
        _stage = new FakeStage(_record, "alice", "bob", "carol");
    }

    [Fact]
    public async Task A_script_runs_to_its_end_and_passes()
    {
        var ended = await RunAsync("""
            set greeting "hello"
            repeat 2
              alice: $greeting $i
            end
            expect bob carol see "hello 2" from alice count 1
            expect all agree on messages
            """);

        Assert.Equal((Verdict.Passed, 0), (ended.Verdict, ended.Failures.Count));
        Assert.Equal(["alice: hello 1", "alice: hello 2"], _stage.Calls);
        Assert.Equal(5, _record.Read().Entries.Count(entry => entry.Event is StepEnded { Outcome: StepOutcome.Passed }));
    }

    [Fact]
    public async Task What_is_given_outweighs_what_is_set()
    {
        await RunAsync("set greeting \"hello\"\nalice: $greeting", new() { ["greeting"] = "ahoy" });

        Assert.Equal(["alice: ahoy"], _stage.Calls);
    }

    [Fact]
    public async Task A_step_that_fails_is_done_once_and_ends_the_script_with_its_reason()
    {
        _stage.Answer = (_, line, _) => Task.FromResult(line == "bad" ? LineAnswer.Refused("too bad") : null);

        var ended = await RunAsync("alice: bad\nbob: never said");

        Assert.Equal(Verdict.Failed, ended.Verdict);
        Assert.Equal("line 3: alice: bad\n    alice refused it: too bad", Assert.Single(ended.Failures));
        Assert.Equal(["alice: bad"], _stage.Calls);
    }

    [Theory]
    [InlineData("expect fail alice: bad", null)]
    [InlineData("expect fail containing \"too\" alice: bad", null)]
    [InlineData("expect fail \"other\" alice: bad", "alice refused it for another reason: too bad")]
    [InlineData("expect fail alice: good", "alice accepted it, but it was expected to fail")]
    [InlineData("expect output containing \"carol\" alice: /members", null)]
    [InlineData("expect output \"dave\" alice: /members", "alice printed no line \"dave\": bob | carol")]
    public async Task An_answer_is_held_against_what_was_expected(string step, string? failure)
    {
        _stage.Answer = (_, line, _) => Task.FromResult(line switch
        {
            "bad" => LineAnswer.Refused("too bad"),
            "/members" => new LineAnswer(true, "", ["bob", "carol"]),
            _ => null,
        });

        var ended = await RunAsync(step);

        Assert.Equal(failure is null ? "" : $"line 3: {step}\n    {failure}", string.Join('\n', ended.Failures));
    }

    [Fact]
    public async Task An_expectation_waits_and_fails_with_what_was_seen_instead()
    {
        var running = RunAsync("alice: hello\nexpect bob sees \"helo\" within 5s");
        await ArmedAsync(4);
        _time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("line 4: expect bob sees \"helo\" within 5s\n    not within 5s: bob saw it 0 times; the newest there: \"hello\"", Assert.Single((await running).Failures));
    }

    [Fact]
    public async Task An_expectation_is_met_as_soon_as_it_comes_true()
    {
        var running = RunAsync("expect bob considers carol suspect within 5s");
        await ArmedAsync();
        _record.Append(new ViewChanged("bob", 2, $"{2:x16}", [new("carol", $"{3:x16}", MemberStanding.Suspect)]));

        await StepEndedAsync();
        Assert.Contains(_record.Read().Entries, entry => entry.Event is StepEnded { Outcome: StepOutcome.Passed });
        await _cancel.CancelAsync();
        await running;
    }

    [Fact]
    public async Task More_than_the_exact_count_breaks_an_expectation_at_once() => Assert.Contains(
        "bob saw it 2 times", Assert.Single((await RunAsync("repeat 2\nalice: x\nend\nexpect bob sees \"x\" count 1")).Failures), StringComparison.Ordinal);

    [Fact]
    public async Task Never_holds_until_the_time_is_over_or_it_is_seen()
    {
        var running = RunAsync("expect bob never sees \"x\" within 2s");
        await ArmedAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Verdict.Passed, (await running).Verdict);

        var seen = await RunAsync("alice: x\nexpect bob never sees \"x\" within 2s");
        Assert.Contains("bob saw \"x\" from alice", Assert.Single(seen.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_does_not_answer_fails_at_its_time_out()
    {
        _stage.Answer = async (_, _, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return LineAnswer.Refused("");
        };
        var running = RunAsync("alice: /wait for ever");
        await ArmedAsync();
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("line 3: alice: /wait for ever\n    not done within 30s", Assert.Single((await running).Failures));
    }

    [Fact]
    public async Task A_barrier_fails_with_the_names_of_those_who_did_not_come()
    {
        var running = RunAsync("barrier alice dave timeout 10s", later: "dave");
        await ArmedAsync(4);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("line 4: barrier alice dave timeout 10s\n    not in the chat within 10s: dave", Assert.Single((await running).Failures));
    }

    [Fact]
    public async Task In_a_parallel_block_each_peer_keeps_its_own_order()
    {
        var alice = new TaskCompletionSource<LineAnswer?>();
        _stage.Answer = (_, line, _) => line == "/slow" ? alice.Task : Task.FromResult<LineAnswer?>(null);
        var running = RunAsync("parallel\nalice: /slow\nalice: second\nbob: first\nend");
        while (!_record.Read().Entries.Any(entry => entry.Event is Delivered { Peer: "carol", Text: "first" }))
        {
            await _record.Changed.WaitAsync(TimeSpan.FromSeconds(30));
        }

        Assert.DoesNotContain("alice: second", _stage.Calls);
        alice.SetResult(new LineAnswer(true, "", []));
        Assert.Equal(Verdict.Passed, (await running).Verdict);
        Assert.Contains("alice: second", _stage.Calls);
    }

    [Fact]
    public async Task When_one_branch_fails_the_others_are_cancelled()
    {
        _stage.Answer = async (peer, _, token) =>
        {
            if (peer == "alice")
            {
                return LineAnswer.Refused("no");
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return LineAnswer.Refused("");
        };

        var ended = await RunAsync("parallel\nbob: /wait\nalice: /no\nend");

        Assert.Equal("line 5: alice: /no\n    alice refused it: no", Assert.Single(ended.Failures));
        Assert.Contains(_record.Read().Entries, entry => entry.Event is StepEnded { Peer: "bob", Outcome: StepOutcome.Cancelled });
    }

    [Fact]
    public async Task Faults_are_put_in_at_both_ends_and_healed_at_the_end()
    {
        await RunAsync("cut alice from bob\ndelay alice to bob carol 200ms\ncut alice to carol\ncrash carol");

        Assert.Equal(
            [
                "alice: /fault cut bob", "bob: /fault cut alice", "alice: /fault delay bob 200ms", "alice: /fault delay carol 200ms",
                "alice: /fault cut carol --direction out", "carol: /fault cut alice --direction in", "Crash carol",
            ], _stage.Calls[..7]);
        Assert.Equal(["alice: /fault heal", "bob: /fault heal"], _stage.Calls[7..].Order());
    }

    [Fact]
    public async Task What_the_checkers_find_fails_a_run_whose_steps_all_passed()
    {
        _stage.Delivers = (receiver, _) => receiver != "carol";
        var running = RunAsync("alice: hello");
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var failure = Assert.Single((await running).Failures);
        Assert.StartsWith("nothing acknowledged is lost: carol has not delivered 0000000000000001-1 of alice", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_says_so()
    {
        var running = RunAsync("expect bob sees \"x\"");
        await ArmedAsync();
        await _cancel.CancelAsync();

        Assert.Equal(Verdict.Cancelled, (await running).Verdict);
    }

    [Fact]
    public async Task A_stage_that_is_not_ready_is_no_failure_of_the_system()
    {
        _stage.PrepareFailure = "bob ended with code 4";

        var ended = await RunAsync("alice: hello");

        Assert.Equal((Verdict.CouldNotRun, "bob ended with code 4"), (ended.Verdict, Assert.Single(ended.Failures)));
    }

    [Fact]
    public async Task What_is_set_in_a_loop_stays_set_and_its_counter_ends_with_it()
    {
        await RunAsync("set i \"outer\"\nset word \"a\"\nrepeat 2\nset word \"$word$i\"\nend\nalice: $word $i");

        Assert.Equal(["alice: a12 outer"], _stage.Calls);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("many")]
    public async Task A_loop_counts_within_bounds(string count) => Assert.Equal(
        $"line 4: repeat $n\n    '{count}' is no number from 1 to 10000 to count to", Assert.Single((await RunAsync($"set n {count}\nrepeat $n\nalice: x\nend")).Failures));

    [Theory]
    [InlineData("expect carol never sees \"x\" within 1s", "carol is not in the chat")]
    [InlineData("expect carol members all within 1s", "not within 1s: carol is not in the chat")]
    [InlineData("expect carol members without bob within 1s", "not within 1s: carol is not in the chat")]
    [InlineData("expect carol considers bob gone within 1s", "not within 1s: carol is not in the chat")]
    [InlineData("expect bob carol agree on messages within 1s", "not within 1s: carol is not in the chat")]
    public async Task Of_a_peer_that_is_gone_nothing_holds_but_what_it_has_delivered(string step, string failure)
    {
        var running = RunAsync($"alice: hello\ncrash carol\nexpect carol sees \"hello\"\n{step}");
        await ArmedAsync(6);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal($"line 6: {step}\n    {failure}", Assert.Single((await running).Failures));
    }

    [Theory]
    [InlineData("all: hello")]
    [InlineData("expect all see \"hello\"")]
    [InlineData("expect all agree on members")]
    [InlineData("cut all from all")]
    public async Task A_step_of_all_fails_when_nobody_is_there(string step) => Assert.Equal(
        $"line 4: {step}\n    nobody is in the chat", Assert.Single((await RunAsync($"crash alice bob carol\n{step}")).Failures));

    [Fact]
    public async Task An_exact_number_waits_for_what_is_still_on_its_way()
    {
        var isFirst = true;
        _stage.Delivers = (receiver, _) => receiver != "bob" || Interlocked.Exchange(ref isFirst, false);
        var running = RunAsync("alice: x\ncarol: x\nexpect bob sees \"x\" count 1");
        await ArmedAsync(5);
        Assert.False(running.IsCompleted);
        _stage.Deliver("bob", "carol", "x");

        Assert.Equal("line 5: expect bob sees \"x\" count 1\n    bob saw it 2 times", Assert.Single((await running).Failures));
    }

    [Fact]
    public async Task A_script_begins_when_its_peers_know_each_other()
    {
        _stage.Sees = peer => peer == "bob" ? ["bob"] : ["alice", "bob", "carol"];
        var running = RunAsync("alice: hello");
        while (_time.ArmedTimers == 0)
        {
            await Task.Yield();
        }

        Assert.Empty(_stage.Calls);
        _stage.See("bob", ["alice", "bob", "carol"]);

        Assert.Equal(Verdict.Passed, (await running).Verdict);
    }

    [Fact]
    public async Task Peers_that_do_not_find_each_other_cannot_play_it()
    {
        _stage.Sees = peer => peer == "bob" ? ["bob"] : ["alice", "bob", "carol"];
        var running = RunAsync("alice: hello");
        while (_time.ArmedTimers == 0)
        {
            await Task.Yield();
        }

        _time.Advance(TimeSpan.FromSeconds(60));

        var ended = await running;
        Assert.Equal((Verdict.CouldNotRun, "The peers do not know each other within 60s: bob does not see alice, carol."), (ended.Verdict, Assert.Single(ended.Failures)));
    }

    [Fact]
    public async Task A_process_that_ends_by_itself_ends_the_script_and_fails_it()
    {
        var running = RunAsync("expect bob sees \"x\"");
        await ArmedAsync();
        // The survivors have come to rest before it is known.
        _record.Append(new PeerGone("carol", 3, Departure.Lost));
        _stage.See("alice", ["alice", "bob"]);
        _stage.See("bob", ["alice", "bob"]);
        _record.Append(new ProcessEnded("carol", 3, 139, "oops"));

        var ended = await running;
        Assert.Equal(Verdict.Failed, ended.Verdict);
        Assert.StartsWith("nobody ends unasked: carol ended by itself with code 139: oops\n    #", Assert.Single(ended.Failures), StringComparison.Ordinal);
        Assert.Contains(_record.Read().Entries, entry => entry.Event is StepEnded { Outcome: StepOutcome.Cancelled });
    }

    [Fact]
    public async Task More_events_than_a_record_holds_end_the_script_and_fail_it()
    {
        var record = new RunRecord(_time, mostEvents: 20);
        var script = ScriptParser.Parse("x.chat", "scenario \"s\"\npeers alice bob\nrepeat 1000\nalice: x\nend");

        var ended = await new ScriptRunner(script, new Dictionary<string, string>(), new FakeStage(record, "alice", "bob"), record, TimeSpan.FromSeconds(60), _time).RunAsync(_cancel.Token);

        Assert.Equal((Verdict.Failed, "there were more events than a record holds; the script was ended, and nothing could be checked"), (ended.Verdict, Assert.Single(ended.Failures)));
        Assert.Equal(21, record.Count);
        Assert.IsType<RunEnded>(record.Read().Entries[^1].Event);
    }

    [Fact]
    public void The_steps_of_a_peer_wait_for_each_other_and_everybody_for_all()
    {
        var steps = ScriptParser.Parse("x.chat", "scenario \"s\"\npeers alice bob\nalice: 1\nbob: 2\nalice: 3\nbarrier alice bob\nsleep 1s\nall: 4\nbob: 5").Steps;

        Assert.Equal([[], [], [0], [1, 2], [], [3], [5]], ParallelPlan.Of(steps).Select(before => before.ToArray()));
    }

    private Task<RunEnded> RunAsync(string steps, Dictionary<string, string>? given = null, string? later = null)
    {
        var script = ScriptParser.Parse("x.chat", $"scenario \"s\"\npeers alice bob carol\n{(later is null ? "" : $"later {later}\n")}{steps}");
        return Task.Run(() => new ScriptRunner(script, given ?? [], _stage, _record, TimeSpan.FromSeconds(60), _time).RunAsync(_cancel.Token)).WaitAsync(Patience, TimeProvider.System);
    }

    private async Task StepEndedAsync()
    {
        while (!_record.Read().Entries.Any(entry => entry.Event is StepEnded))
        {
            await _record.Changed.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    // The newest step has begun, and waits: its time-out is armed.
    private async Task ArmedAsync(int line = 3)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (_record.Read().Entries is not [.., { Event: StepStarted started }] || started.Line != line || _time.ArmedTimers == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"line {line} does not wait; the newest: {_record.Read().Entries.LastOrDefault()}");
            await Task.Yield();
        }
    }
}
