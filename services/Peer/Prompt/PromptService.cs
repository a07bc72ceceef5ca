using ChittyChat.CommandLine;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Prompt;

/// <summary>Connects the person, or the pipe, with the chat: from before the ports open, so that waiting can be seen, until after the goodbye.</summary>
internal sealed class PromptService(
    PeerOptions options, PeerConsole console, PeerCommands commands, PeerLifecycle lifecycle, PeerOutcome outcome, IHostApplicationLifetime host,
    TerminalPrompt? prompt = null)
    : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _loops.AddRange(prompt is null ? [ReadLinesAsync(_stopping.Token)] : [prompt.RunAsync(_stopping.Token), ObeyAsync(prompt, _stopping.Token)]);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task ObeyAsync(TerminalPrompt terminal, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in terminal.Entered.ReadAllAsync(cancellationToken))
            {
                await commands.ExecuteAsync(line, new TerminalOutput(terminal), cancellationToken);
            }

            host.StopApplication();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way in which this ends.
        }
    }

    private async Task ReadLinesAsync(CancellationToken cancellationToken)
    {
        using var lines = new BlockingSource<string?>(LineInput.ReadLines(console.Input), "input", ahead: 16);
        try
        {
            lines.Start();
            // What is piped in at the start is for the chat, so it waits until there is one.
            await lifecycle.Joined.WaitAsync(cancellationToken);
            var output = new PlainOutput(console.OutputWriter, console.Error);
            if (options.Script is { } script)
            {
                await ExecuteAsync($"/run {Quoted(script)}", output, cancellationToken);
            }

            while (await lines.WaitAsync(cancellationToken))
            {
                while (lines.TryTake(out var line))
                {
                    await ExecuteAsync(line, output, cancellationToken);
                }
            }

            if (console.InputIsTerminal || options.QuitAtEof)
            {
                host.StopApplication();
            }
        }
        catch (OperationCanceledException)
        {
            // The way in which this ends, or the peer never joined.
        }
        catch (IOException e)
        {
            await console.Error.WriteLineAsync($"Standard input cannot be read any more: {e.Message}");
        }
    }

    private async Task ExecuteAsync(string? line, PlainOutput output, CancellationToken cancellationToken)
    {
        if (line is null)
        {
            output.WriteError("Not published: a line of the input is not well-formed UTF-8, or far too long.");
            outcome.CommandEnded(ExitCodes.Usage);
            return;
        }

        var ended = await commands.ExecuteAsync(line, output, cancellationToken);
        // What the peer's own end cut short is no failure of the command.
        if (!cancellationToken.IsCancellationRequested && options.QuitAtEof)
        {
            outcome.CommandEnded(ended.ExitCode);
        }
    }

    private static string Quoted(string path) => $"\"{path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private sealed class TerminalOutput(TerminalPrompt terminal) : IOutput
    {
        public void Write(StyledText line)
        {
            foreach (var part in line.ToString().Split('\n'))
            {
                terminal.TryPrint(DisplayText.Harmless(part));
            }
        }
    }
}
