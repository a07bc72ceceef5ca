using ChittyChat.CommandLine;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Lifecycle;
using ChittyChat.Peer.Options;

namespace ChittyChat.Peer.Prompt;

/// <summary>Connects the person, or the pipe, with the chat: from before the ports open, so that waiting can be seen, until after the goodbye.</summary>
internal sealed class PromptService(
    PeerOptions options, PeerConsole console, PeerCommands commands, ChatPeer chat, PeerLifecycle lifecycle, PeerOutcome outcome, IHostApplicationLifetime host,
    TimeProvider time, PeerPrompt? prompt = null)
    : IHostedLifecycleService, IDisposable
{
    // Members come and go without a message.
    private static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _reading = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        prompt?.Connect(commands, lifecycle, chat);
        prompt?.Line.Start();
        _reading = prompt is null ? ReadLinesAsync(_stopping.Token) : ObeyAsync(prompt.Line, _stopping.Token);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _reading;
        if (prompt is not null)
        {
            await prompt.Line.DisposeAsync();
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task ObeyAsync(LinePrompt screen, CancellationToken cancellationToken)
    {
        await using var refreshing = time.CreateTimer(_ => screen.RefreshPrompt(), null, RefreshPeriod, RefreshPeriod);
        var telling = TellHowToJoinAsync(screen, cancellationToken);
        try
        {
            if (options.Script is { } script)
            {
                await lifecycle.Joined.WaitAsync(cancellationToken);
                await RunAsync(Run(script), screen, cancellationToken);
            }

            await foreach (var line in screen.ReadLinesAsync(cancellationToken))
            {
                await RunAsync(line, screen, cancellationToken);
            }

            host.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The way in which this ends, or the peer never joined.
        }

        await telling;
    }

    // What whoever starts a second peer has to know, and could not guess.
    private async Task TellHowToJoinAsync(LinePrompt screen, CancellationToken cancellationToken)
    {
        try
        {
            await lifecycle.Joined.WaitAsync(cancellationToken);
            if (lifecycle.View is { } view)
            {
                screen.Write(new($"Others join you with --join {view.Self.GossipAddress}", Meaning.Muted));
            }
        }
        catch (OperationCanceledException)
        {
            // The peer ends, and never joined.
        }
    }

    private async Task RunAsync(string line, LinePrompt screen, CancellationToken cancellationToken)
    {
        using var running = screen.BeginCommand(cancellationToken);
        await commands.ExecuteAsync(line, screen, running.Token);
        screen.RefreshPrompt();
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
                await ExecuteAsync(Run(script), output, cancellationToken);
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
        if (options.QuitAtEof && !cancellationToken.IsCancellationRequested)
        {
            outcome.CommandEnded(ended.ExitCode);
        }
    }

    private static string Run(string script) => $"/run {Quoting.Quote(script)}";
}
