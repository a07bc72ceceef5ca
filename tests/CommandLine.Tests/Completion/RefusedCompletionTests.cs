namespace ChittyChat.CommandLine.Tests.Completion;

/// <summary>Who may not run a command is not told about it, nor about the values (files) that it takes.</summary>
public sealed class RefusedCompletionTests
{
    [Theory]
    [InlineData("/ru", "")]
    [InlineData("/run /", "")]
    [InlineData("/repeat 1 run /", "")]
    [InlineData("/log ", "level,show")]
    public async Task A_refused_command_is_not_offered_and_takes_no_values(string line, string expected)
    {
        using var session = new Session(registry =>
        {
            registry.Register("log level", "Says little", () => "");
            registry.Register("log show", "Says much", () => "");
            registry.Register("log on", "Writes a file", () => "", isLocal: true);
        });
        var stranger = new CommandInterpreter(session.Registry) { Refuse = command => command.IsLocal ? "it reaches outside" : null };

        var all = await session.Interpreter.Completion.CompleteAsync(line, line.Length, CancellationToken.None);
        var allowed = await stranger.Completion.CompleteAsync(line, line.Length, CancellationToken.None);

        Assert.True(all.Candidates.Length > allowed.Candidates.Length, "nothing here is refused");
        Assert.Equal(expected, string.Join(',', allowed.Candidates.Select(c => c.Text).Order(StringComparer.Ordinal)));
    }
}
