using Microsoft.Extensions.Logging;

namespace ChittyChat.CommandLine;

[CommandGroup("log", "what is logged, and where, while the program runs")]
internal sealed class LogCommands(LiveLog log)
{
    [Command("log level", "Set how much of a category is logged, from now on")]
    [Example("/log level membership debug", "everything down to debug")]
    [Example("/log level * warning", "only what is wrong, of all the categories without a level of their own")]
    public LogStatus Level(
        [Argument("category", "What to log: a name that /log show lists, the beginning of a category, or *", Completions = nameof(Names))] string category,
        [Argument("level", "The least important level that is logged")] LogLevel level)
    {
        log.SetLevel(category, level);
        return log.Status;
    }

    [Command("log on", "Write the log to a file; lines are added to what is there", IsLocal = true)]
    [Example("/log on peer.log --format json", "one JSON object per line")]
    public async Task<LogStatus> OnAsync(
        [Argument("file", "The file")] FileInfo file,
        [Option("--format", "How lines look")] LogFormat format = LogFormat.Text)
    {
        await log.SwitchOnAsync(file.FullName, format);
        return log.Status;
    }

    [Command("log off", "Close the file of the log", IsLocal = true)]
    public async Task<LogStatus> OffAsync()
    {
        await log.SwitchOffAsync();
        return log.Status;
    }

    [Command("log show", "Show where the log goes, what was dropped, and the categories with their levels")]
    public LogOverview Show()
    {
        var status = log.Status;
        return new(
            status.File ?? "off", status.Format, status.Written, status.Dropped, status.Problem,
            [
                .. log.Categories.Select(c => new CategoryDocument(c.Name, status.Levels.GetValueOrDefault(c.Name, status.Levels[LiveLog.Everything]), c.Description)),
                .. status.Levels.Where(l => l.Key != LiveLog.Everything && log.Categories.All(c => c.Name != l.Key))
                    .Select(l => new CategoryDocument(l.Key, l.Value, "")),
                new(LiveLog.Everything, status.Levels[LiveLog.Everything], "everything else"),
            ]);
    }

    private IEnumerable<Candidate> Names() =>
        log.Categories.Select(c => new Candidate(c.Name, c.Description)).Append(new(LiveLog.Everything, "everything else"));

    internal sealed record CategoryDocument(string Category, LogLevel Level, string Description);

    internal sealed record LogOverview(
        string File, LogFormat Format, long Written, long Dropped, string? Problem, IReadOnlyList<CategoryDocument> Categories);
}
