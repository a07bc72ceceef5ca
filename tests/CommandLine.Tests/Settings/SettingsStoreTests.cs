namespace ChittyChat.CommandLine.Tests.Settings;

public sealed class SettingsStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("settings-").FullName;
    private readonly SettingsStore _store = new();
    private readonly Session _session;
    private Gossip _gossip = new(TimeSpan.FromMilliseconds(200), 3);
    private Room _room = new("lobby", Order.Causal);

    public SettingsStoreTests()
    {
        _store.Section("gossip", 1, () => _gossip, gossip =>
        {
            if (gossip.FanOut < 1)
            {
                throw new CommandException($"fanOut is {gossip.FanOut}, but must be at least 1");
            }
        }, gossip => _gossip = gossip);
        _store.Section("room", 2, () => _room, _ => { }, room => _room = room);
        _session = new(registry => registry.AddStandardCommands(_store), standard: false);
    }

    private enum Order
    {
        Fifo,
        Causal,
    }

    private string File => Path.Combine(_directory, "settings.json");

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_is_saved_is_readable_and_loads_again()
    {
        Assert.Equal([$"saved to {File}"], await _session.Lines($"/settings save {File}"));
        Assert.Equal(
            """
            {
              "format": "settings",
              "version": 1,
              "gossip": {
                "version": 1,
                "settings": {
                  "interval": "200ms",
                  "fanOut": 3
                }
              },
              "room": {
                "version": 2,
                "settings": {
                  "name": "lobby",
                  "order": "causal"
                }
              }
            }

            """,
            await System.IO.File.ReadAllTextAsync(File));
        Assert.Equal([File], Directory.GetFiles(_directory));

        var (gossip, room) = (_gossip, _room);
        (_gossip, _room) = (new(TimeSpan.Zero, 9), new("elsewhere", Order.Fifo));
        await _session.Lines($"/settings load {File}");
        Assert.Equal((gossip, room), (_gossip, _room));
        Assert.Equal("loaded gossip, room", _session.Output.Lines[^1]);
    }

    [Fact]
    public async Task What_a_file_does_not_mention_stays_as_it_is_and_comments_are_allowed()
    {
        Write("""{ "format": "settings", "version": 1, /* faster */ "gossip": { "version": 1, "settings": { "interval": "1.5s", "fanOut": 4 } }, }""");
        Assert.Equal(["loaded gossip"], await _session.Lines($"/settings load {File}"));
        Assert.Equal((new(TimeSpan.FromSeconds(1.5), 4), new("lobby", Order.Causal)), (_gossip, _room));
    }

    [Theory]
    [InlineData("""{ "format": "settings", "version": 1, "gosip": {} }""", "the section \"gosip\" is unknown here. There are gossip, room.")]
    [InlineData("""{ "format": "settings", "version": 2 }""", "the file has version 2, but this program reads version 1")]
    [InlineData("""{ "format": "settings" }""", "the file has no version")]
    [InlineData("""{ "version": 1 }""", "this is no file of settings. It has to begin with \"format\": \"settings\", as /settings show writes it.")]
    [InlineData("""[1]""", "this is no file of settings. It has to begin with \"format\": \"settings\", as /settings show writes it.")]
    [InlineData("""{ "format": "settings", "version": 1, "room": { "version": 1, "settings": {} } }""", "the section \"room\" has version 1, but this program reads version 2")]
    [InlineData("""{ "format": "settings", "version": 1, "room": { "version": 2 } }""", "the section \"room\" has no \"settings\"")]
    [InlineData("""{ "format": "settings", "version": 1, "room": 3 }""", "the section \"room\" has no \"settings\"")]
    [InlineData(
        """{ "format": "settings", "version": 1, "room": { "version": 2, "settings": { "name": "x", "order": "fifo" } }, "gossip": { "version": 1, "settings": { "interval": "1s", "fanOut": 0 } } }""",
        "the section \"gossip\" is refused: fanOut is 0, but must be at least 1")]
    [InlineData(
        """{ "format": "settings", "version": 1, "room": { "version": 2, "settings": { "name": "x", "order": "fifo" } }, "gossip": { "version": 1, "settings": { "interval": 5, "fanOut": 2 } } }""",
        "the section \"gossip\" cannot be read at interval: a duration such as 200ms, 5s or 2m is expected")]
    [InlineData(
        """{ "format": "settings", "version": 1, "gossip": { "version": 1, "settings": { "interval": "1s", "fanOut": "many" } } }""",
        "the section \"gossip\" cannot be read at fanOut: a value of another kind is expected")]
    [InlineData(
        """{ "format": "settings", "version": 1, "room": { "version": 2, "settings": { "name": "x", "order": "random" } } }""",
        "the section \"room\" cannot be read at order: one of fifo, causal is expected")]
    [InlineData(" \n", "the file is empty")]
    [InlineData("{\n\"format\": oops }", "line 2 is no JSON: 'o' is an invalid start of a value.")]
    public async Task A_file_that_cannot_be_used_changes_nothing_at_all(string text, string expected)
    {
        Write(text);
        Assert.Equal($"{File}: {expected}", await _session.Fails($"/settings load {File}", 1));
        Assert.Equal((new(TimeSpan.FromMilliseconds(200), 3), new("lobby", Order.Causal)), (_gossip, _room));
    }

    [Fact]
    public async Task A_setting_that_nobody_knows_is_refused()
    {
        Write("""{ "format": "settings", "version": 1, "room": { "version": 2, "settings": { "name": "x", "order": "fifo", "colour": "red" } } }""");
        var error = await _session.Fails($"/settings load {File}", 1);
        Assert.Contains("the section \"room\" cannot be read", error, StringComparison.Ordinal);
        Assert.Contains("colour", error, StringComparison.Ordinal);
        Assert.Equal("lobby", _room.Name);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_or_written_are_named()
    {
        Assert.Equal($"there is no file {File}", await _session.Fails($"/settings load {File}", 1));
        Assert.StartsWith($"{_directory} cannot be written: ", await _session.Fails($"/settings save {_directory}", 1), StringComparison.Ordinal);
        Assert.Equal($"{_directory}/no/x cannot be written: there is no directory {_directory}/no", await _session.Fails($"/settings save {_directory}/no/x", 1));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task With_json_what_is_shown_is_the_settings_and_not_a_text_about_them()
    {
        Assert.Equal(
            ["""{"format":"settings","version":1,"room":{"version":2,"settings":{"name":"lobby","order":"causal"}}}"""], await _session.Lines("/settings show room --json"));
    }

    [Fact]
    public async Task One_section_can_be_shown()
    {
        var lines = await _session.Lines("/settings show room");
        Assert.Contains("      \"name\": \"lobby\",", lines);
        Assert.DoesNotContain(lines, line => line.Contains("gossip", StringComparison.Ordinal));
        Assert.Equal("there is no section \"rom\". There are gossip, room.", await _session.Fails("/settings show rom"));
        Assert.Equal(["gossip", "room"], await _session.Complete("/settings show "));
    }

    private void Write(string text) => System.IO.File.WriteAllText(File, text);

    private sealed record Gossip(TimeSpan Interval, int FanOut);

    private sealed record Room(string Name, Order Order);
}
