using ChittyChat.CommandLine;
using ChittyChat.CommandLine.TestProgram;

// A prompt with known completions, to be driven through a terminal. "/print <n>" prints n lines at 100 a second, "/wait" runs until it is cancelled,
// "/throw" ends the program by an exception.
if (!LinePrompt.CanEdit)
{
    await Console.Error.WriteLineAsync("Not a terminal.");
    return 2;
}

var options = new LinePromptOptions
{
    Prompt = () => new([new("test", Meaning.Name), new("> ")]),
    Counter = text => text.Length == 0 ? null : new StyledText($"{text.Length}/128", text.Length > 128 ? Meaning.Error : Meaning.Muted),
    Completion = new FixedCompletion(),
    History = args is [var path] ? new HistoryFile(path, TimeProvider.System) : null,
    IsSecret = line => line.StartsWith("/secret", StringComparison.Ordinal),
    QuitHint = "Leave with Ctrl-D.",
    Greeting = ["Ready."],
};
await using (var prompt = new LinePrompt(options, TimeProvider.System))
{
    prompt.Start();
    await foreach (var line in prompt.ReadLinesAsync(CancellationToken.None))
    {
        using var command = prompt.BeginCommand(CancellationToken.None);
        await Commands.RunAsync(prompt, line, command.Token);
    }

    prompt.Write("Bye.");
}

return 0;
