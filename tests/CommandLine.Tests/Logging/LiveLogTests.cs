using System.Text.Json;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine.Tests.Logging;

public sealed partial class LiveLogTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("log-").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly LiveLog _log;
    private readonly Session _session;

    public LiveLogTests()
    {
        _log = new(
            [new("membership", "ChittyChat.Membership", "who is alive"), new("grpc", ["Grpc", "Microsoft.AspNetCore.Server"], "calls")], _time);
        _session = new(registry => registry.AddStandardCommands(log: _log), standard: false);
    }

    private string File => Path.Combine(_directory, "peer.log");

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Lines_have_time_level_category_message_and_fields()
    {
        var logger = _log.CreateLogger("ChittyChat.Membership.Swim");
        Suspected(logger, "too early", 1);
        await _session.Lines($"/log on {File}");
        Suspected(logger, "bob the second", 7);
        logger.LogWarning(new InvalidOperationException("no\nway"), "two\nlines");
        await _session.Lines("/log off");
        Suspected(logger, "too late", 1);
        var lines = await ReadAsync();
        Assert.Equal(
            "2026-01-01T00:00:00.000Z information ChittyChat.Membership.Swim: bob the second is suspected at 7 Node='bob the second' Incarnation=7", lines[0]);
        Assert.StartsWith(
            @"2026-01-01T00:00:00.000Z warning     ChittyChat.Membership.Swim: two\nlines System.InvalidOperationException: no\nway", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task With_json_every_line_is_an_object()
    {
        await _session.Lines($"/log on {File} --format json");
        Suspected(_log.CreateLogger("ChittyChat.Membership"), "\u001bbob", ulong.MaxValue);
        _log.CreateLogger("x").LogError(new InvalidOperationException("no"), "load {Load} {Wait} {Nothing}", double.NaN, TimeSpan.FromSeconds(5), null);
        await _session.Lines("/log off");
        var lines = await ReadAsync();
        Assert.Equal(
            "{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"information\",\"category\":\"ChittyChat.Membership\",\"event\":17,"
                + "\"message\":\"\\u001Bbob is suspected at 18446744073709551615\",\"fields\":{\"Node\":\"\\u001Bbob\",\"Incarnation\":18446744073709551615}}",
            lines[0]);
        var second = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal("{\"Load\":\"NaN\",\"Wait\":\"5s\",\"Nothing\":null}", second.GetProperty("fields").GetRawText());
        Assert.Equal("System.InvalidOperationException: no", second.GetProperty("exception").GetString());
    }

    [Fact]
    public async Task A_level_takes_effect_at_once_and_the_longest_prefix_wins()
    {
        var swim = _log.CreateLogger("ChittyChat.Membership.Swim");
        var server = _log.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");
        var other = _log.CreateLogger("ChittyChat.MembershipOfNobody");
        Assert.False(swim.IsEnabled(LogLevel.Critical));
        await _session.Lines($"/log on {File}");
        Assert.Equal("TTT FFF", Enabled(LogLevel.Information) + " " + Enabled(LogLevel.Debug));
        await _session.Lines("/log level membership debug", "/log level grpc error", "/log level * critical");
        Assert.Equal("TFF FFF TTF", Enabled(LogLevel.Debug) + " " + Enabled(LogLevel.Trace) + " " + Enabled(LogLevel.Error));
        await _session.Lines("/log level ChittyChat.Membership.Swim none");
        Assert.Equal("FTT", Enabled(LogLevel.Critical));
        Assert.False(_log.CreateLogger("ChittyChat.Membership.Swim.New").IsEnabled(LogLevel.Critical));

        string Enabled(LogLevel level) => string.Concat(new[] { swim, server, other }.Select(l => l.IsEnabled(level) ? 'T' : 'F'));
    }

    [Fact]
    public async Task What_nothing_logs_as_is_refused_with_a_suggestion()
    {
        Assert.Equal("nothing logs as \"membrship\". Did you mean membership?", await _session.Fails("/log level membrship debug"));
        Assert.Equal("nothing logs as \"xyzzy\". There are membership, grpc, *.", await _session.Fails("/log level xyzzy debug"));
        Assert.Equal(["membership", "grpc", "*"], await _session.Complete("/log level "));
    }

    [Fact]
    public async Task The_state_can_be_seen()
    {
        await _session.Lines("/log level grpc debug", $"/log on {File}");
        _log.CreateLogger("a").LogInformation("x");
        await Until.True(() => _log.Status.Written == 1, "the line is written");
        var before = _session.Output.Lines.Length;
        Assert.Equal(
            [
                $"file     {File}",
                "format   text",
                "written  1",
                "dropped  0",
                "problem",
                "categories",
                "  category    level        description",
                "  membership  information  who is alive",
                "  grpc        debug        calls",
                "  *           information  everything else",
            ],
            (await _session.Lines("/log show")).Skip(before));
    }

    [Fact]
    public async Task A_file_is_added_to_and_another_one_can_take_over()
    {
        var logger = _log.CreateLogger("a");
        await _session.Lines($"/log on {File}");
        logger.LogInformation("one");
        await _session.Lines($"/log on {File}2");
        logger.LogInformation("two");
        await _session.Lines($"/log on {File}");
        logger.LogInformation("three");
        await _session.Lines("/log off", "/log off");
        Assert.Equal(["a: one", "a: three"], (await ReadAsync()).Select(line => line[37..]));
        Assert.EndsWith("a: two", Assert.Single(await System.IO.File.ReadAllLinesAsync($"{File}2")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_leaves_the_log_as_it_was()
    {
        await _session.Lines($"/log on {File}");
        Assert.StartsWith($"{_directory} cannot be written: ", await _session.Fails($"/log on {_directory}", 1), StringComparison.Ordinal);
        Assert.Equal(File, _log.Status.File);
    }

    [Fact]
    public async Task What_comes_too_fast_is_dropped_and_counted_in_the_file()
    {
        await using var log = new LiveLog([], _time, capacity: 2);
        var logger = log.CreateLogger("a");
        await log.SwitchOnAsync(File, LogFormat.Json);
        for (var i = 0; i < 200_000 && log.Status.Dropped == 0; i++)
        {
            logger.LogInformation("{Number}", i);
        }

        Assert.NotEqual(0, log.Status.Dropped);
        await Until.True(() =>
        {
            // The gap is reported with the next line that is written.
            logger.LogInformation("next");
            return log.Status.Written > 3;
        }, "lines are written again");
        var dropped = log.Status.Dropped;
        await log.SwitchOffAsync();
        var reported = (await ReadAsync()).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("category").GetString() == "log")
            .Sum(line => line.GetProperty("fields").GetProperty("dropped").GetInt64());
        Assert.InRange(reported, 1, dropped);
    }

    [Fact]
    public async Task The_hosts_filters_do_not_limit_it()
    {
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Error).AddLiveLog(_log));
        var logger = factory.CreateLogger("ChittyChat.Membership");
        await _session.Lines($"/log on {File}", "/log level membership trace");
        logger.LogTrace("seen");
        await _session.Lines("/log off");
        Assert.EndsWith("ChittyChat.Membership: seen", Assert.Single(await ReadAsync()), StringComparison.Ordinal);
    }

    [LoggerMessage(17, LogLevel.Information, "{Node} is suspected at {Incarnation}")]
    private static partial void Suspected(ILogger logger, string node, ulong incarnation);

    private Task<string[]> ReadAsync() => System.IO.File.ReadAllLinesAsync(File);
}
