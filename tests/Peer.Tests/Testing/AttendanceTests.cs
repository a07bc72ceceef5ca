using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Tests.Host;
using Microsoft.Extensions.DependencyInjection;
using Report = ChittyChat.Contracts.V1.AttendanceReport.ReportOneofCase;

namespace ChittyChat.Peer.Tests.Testing;

/// <summary>A whole peer that attends a test server.</summary>
public sealed class AttendanceTests : IAsyncLifetime
{
    private ScriptedCoordinator _coordinator = null!;
    private LocalPeer _alice = null!;

    public async Task InitializeAsync()
    {
        _coordinator = await ScriptedCoordinator.StartAsync();
        _alice = await LocalPeer.StartAsync("alice", ("services:testserver:grpc:0", _coordinator.Address.ToString()));
    }

    public async Task DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _coordinator.DisposeAsync();
    }

    [Fact]
    public async Task It_says_who_it_is_when_it_is_in_the_chat()
    {
        var hello = (await _coordinator.NextAsync(Report.Hello)).Hello;

        Assert.Equal(("alice", Chat.Session.Value, Environment.ProcessId), (hello.Name, hello.Session, hello.ProcessId));
        Assert.Equal(_alice.Lifecycle.View!.Self.GossipAddress, hello.GossipAddress);
        Assert.Equal(_alice.Lifecycle.View!.Self.ChatAddress, new Uri(hello.ChatAddress));
    }

    [Fact]
    public async Task A_text_is_published_and_the_result_names_the_message()
    {
        await _coordinator.NextAsync(Report.Hello);

        var result = await _coordinator.ExecuteAsync(1, "hello");

        Assert.True(result.Succeeded, result.Reason);
        var delivery = Chat.Deliveries.Newest(1).Single();
        Assert.Equal(("hello", delivery.Id.Session.Value, delivery.Id.Sequence), (delivery.TextString, result.MessageId.Session, result.MessageId.Sequence));
        Assert.InRange(result.LamportTime, 1UL, delivery.DeliveredAt.Value);
    }

    [Fact]
    public async Task A_line_is_executed_as_at_the_prompt_and_what_it_prints_is_the_result()
    {
        await _coordinator.NextAsync(Report.Hello);

        Assert.Contains("alice", string.Join('\n', (await _coordinator.ExecuteAsync(1, "/members")).Output), StringComparison.Ordinal);
        var refused = await _coordinator.ExecuteAsync(2, new string('x', 129));
        Assert.Contains("128", Assert.Single([refused.Reason]), StringComparison.Ordinal);
        Assert.False(refused.Succeeded);
        Assert.StartsWith("there is no command", (await _coordinator.ExecuteAsync(3, "/no-such-thing")).Reason, StringComparison.Ordinal);
        Assert.True((await _coordinator.ExecuteAsync(4, @"\/slashes too")).Succeeded);
        Assert.Equal("/slashes too", Chat.Deliveries.Newest(1).Single().TextString);
    }

    [Theory]
    [InlineData("/shell echo hello")]
    [InlineData("!echo hello")]
    [InlineData("/run script.txt")]
    [InlineData("/settings save /tmp/settings.json")]
    public async Task Files_and_programs_of_the_machine_are_out_of_reach(string line)
    {
        await _coordinator.NextAsync(Report.Hello);

        var result = await _coordinator.ExecuteAsync(1, line);

        Assert.False(result.Succeeded);
        Assert.EndsWith("a test server may not reach the files and programs of this machine", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_result_of_a_line_comes_what_it_has_led_to()
    {
        await _coordinator.NextAsync(Report.Hello);
        await _coordinator.OrderAsync(new AttendanceOrder { StartWatching = new StartWatching { FromStart = true } });
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 7, Line = "hello" } });

        var reports = await _coordinator.UntilAsync(Report.Result);

        Assert.Equal([Report.View, Report.Delivery, Report.Delivery, Report.Result], reports.Select(report => report.ReportCase));
        Assert.Equal("alice", Assert.Single(reports[0].View.Members).Name);
        Assert.Equal(["alice joined", "alice message hello"], reports[1..3].Select(report =>
            $"{report.Delivery.Participant} {report.Delivery.Kind.ToString().ToLowerInvariant()} {(report.Delivery.Kind == Contracts.V1.EventKind.Message ? report.Delivery.Text : "")}".TrimEnd()));
        Assert.Equal((7UL, reports[2].Delivery.MessageId), (reports[3].Result.Step, reports[3].Result.MessageId));
    }

    [Fact]
    public async Task Who_watches_from_now_on_hears_nothing_of_before_and_who_stops_hears_nothing_more()
    {
        await _coordinator.NextAsync(Report.Hello);
        await _coordinator.ExecuteAsync(1, "before");
        await _coordinator.OrderAsync(new AttendanceOrder { StartWatching = new StartWatching() });
        // A result tells that the order before it has been obeyed.
        await _coordinator.ExecuteAsync(2, "/clock");

        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 3, Line = "watched" } });
        Assert.Equal("watched", Assert.Single(await _coordinator.UntilAsync(Report.Result), report => report.ReportCase == Report.Delivery).Delivery.Text);

        await _coordinator.OrderAsync(new AttendanceOrder { StopWatching = new StopWatching() });
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 4, Line = "unwatched" } });
        Assert.Equal([Report.Result], (await _coordinator.UntilAsync(Report.Result)).Select(report => report.ReportCase));
    }

    [Fact]
    public async Task Who_watches_again_is_told_of_the_members_again()
    {
        await _coordinator.NextAsync(Report.Hello);
        for (var run = 0UL; run < 2; run++)
        {
            await _coordinator.OrderAsync(new AttendanceOrder { StartWatching = new StartWatching() });
            Assert.Equal("alice", Assert.Single((await _coordinator.NextAsync(Report.View)).View.Members).Name);
            await _coordinator.OrderAsync(new AttendanceOrder { StopWatching = new StopWatching() });
        }
    }

    [Fact]
    public async Task It_goes_on_reporting_after_it_has_left_the_chat_and_come_back()
    {
        await _coordinator.NextAsync(Report.Hello);
        await _coordinator.OrderAsync(new AttendanceOrder { StartWatching = new StartWatching { FromStart = true } });
        var before = (await _coordinator.NextAsync(Report.View)).View;

        Assert.True((await _coordinator.ExecuteAsync(1, "/leave")).Succeeded);
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 2, Line = "/rejoin" } });
        var reports = await _coordinator.UntilAsync(Report.Result);

        Assert.True(reports[^1].Result.Succeeded, reports[^1].Result.Reason);
        var after = reports.Last(report => report.ReportCase == Report.View).View;
        Assert.NotEqual(before.Session, after.Session);
        Assert.Equal((after.Session, Contracts.V1.MemberState.Alive), (Assert.Single(after.Members).Session, after.Members[0].State));
    }

    [Fact]
    public async Task A_line_that_runs_or_waits_can_be_cancelled_and_the_next_one_is_executed()
    {
        await _coordinator.NextAsync(Report.Hello);
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 1, Line = "/sleep 10m" } });
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 2, Line = "never said" } });
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 3, Line = "said" } });
        await _coordinator.OrderAsync(new AttendanceOrder { Cancel = new CancelStep { Step = 2 } });
        await _coordinator.OrderAsync(new AttendanceOrder { Cancel = new CancelStep { Step = 1 } });

        List<StepResult> results = [];
        for (var i = 0; i < 3; i++)
        {
            results.Add((await _coordinator.NextAsync(Report.Result)).Result);
        }

        Assert.Equal([(1UL, false), (2UL, false), (3UL, true)], results.Select(result => (result.Step, result.Succeeded)));
        Assert.DoesNotContain("never said", _alice.Texts);
        Assert.Contains("said", _alice.Texts);
    }

    [Fact]
    public async Task It_comes_back_when_the_test_server_has_ended_the_call_and_says_so_once()
    {
        await _coordinator.NextAsync(Report.Hello);
        _coordinator.HangUp();
        await _coordinator.NextAsync(Report.Hello);
        Assert.True((await _coordinator.ExecuteAsync(1, "back again")).Succeeded);

        Assert.Equal(
            ["Warning ChittyChat.Peer.Testing.TestAttendance: The test server is away, this peer takes part in no test until it is back: it ended the call"],
            _alice.Logs.Lines.Where(line => line.StartsWith("Warning ChittyChat.Peer.Testing", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Its_goodbye_is_reported_and_then_it_ends_the_call_without_a_complaint()
    {
        await _coordinator.NextAsync(Report.Hello);
        await _coordinator.OrderAsync(new AttendanceOrder { StartWatching = new StartWatching() });
        await _coordinator.ExecuteAsync(1, "/clock");

        await _alice.StopAsync();

        await _coordinator.Completed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Contracts.V1.MemberState.Left, Assert.Single((await _coordinator.NextAsync(Report.View)).View.Members).State);
        Assert.DoesNotContain(_alice.Logs.Lines, line => line.Contains("The test server is away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_test_server_can_end_it()
    {
        await _coordinator.NextAsync(Report.Hello);
        Assert.True((await _coordinator.ExecuteAsync(1, "/crash")).Succeeded);
        await _alice.Crashed.WaitAsync(TimeSpan.FromSeconds(30));
        await _coordinator.OrderAsync(new AttendanceOrder { Execute = new ExecuteLine { Step = 2, Line = "/quit" } });

        var stopping = _alice.App.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping;
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var noticing = stopping.Register(stopped.SetResult);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private ChatPeer Chat => _alice.App.Services.GetRequiredService<ChatPeer>();
}
