using ChittyChat.TestSupport;

namespace ChittyChat.CommandLine.Tests;

/// <summary>An interpreter with a recorded output, a clock that the test moves, and a test that fails when a command has a defect.</summary>
internal sealed class Session : IDisposable
{
    private readonly ErrorLogs _logs = new();

    public Session(Action<CommandRegistry>? register = null, bool standard = true)
    {
        if (standard)
        {
            Registry.AddStandardCommands();
        }

        register?.Invoke(Registry);
        Interpreter = new(Registry)
        {
            Time = Time,
            Logger = _logs.CreateLogger("commands"),
            Text = (text, _, _) =>
            {
                Published.Add(text);
                return Task.CompletedTask;
            },
        };
    }

    public CommandRegistry Registry { get; } = new();

    public CommandInterpreter Interpreter { get; }

    public ManualTimeProvider Time { get; } = new();

    public RecordedOutput Output { get; init; } = new();

    public List<string> Published { get; } = [];

    public Session ExpectDefect(string part)
    {
        _logs.Expect("commands", part);
        return this;
    }

    public Task<CommandOutcome> Run(string line, CancellationToken cancellationToken = default) =>
        Interpreter.ExecuteAsync(line, Output, cancellationToken).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

    /// <summary>Runs lines that must succeed, and gives all that was written.</summary>
    public async Task<string[]> Lines(params string[] lines)
    {
        foreach (var line in lines)
        {
            var outcome = await Run(line);
            Assert.True(outcome.Succeeded, $"{line}: {outcome.Error}");
        }

        return Output.Lines;
    }

    /// <summary>Runs a line that must fail, and gives what the user sees.</summary>
    public async Task<string> Fails(string line, int exitCode = ExitCodes.Usage)
    {
        var outcome = await Run(line);
        Assert.False(outcome.Succeeded, $"{line} should have failed");
        Assert.Equal(exitCode, outcome.ExitCode);
        return Output.Errors[^1];
    }

    /// <summary>Gives the candidates at the mark | in a line, or at its end.</summary>
    public async Task<string[]> Complete(string marked)
    {
        var cursor = marked.IndexOf('|', StringComparison.Ordinal);
        var line = cursor < 0 ? marked : marked.Remove(cursor, 1);
        var list = await Interpreter.Completion.CompleteAsync(line, cursor < 0 ? line.Length : cursor, CancellationToken.None);
        return [.. list.Candidates.Select(c => c.Text)];
    }

    public void Dispose() => _logs.Dispose();
}
