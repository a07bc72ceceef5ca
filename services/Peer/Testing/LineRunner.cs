using System.Collections.Concurrent;
using ChittyChat.CommandLine;
using ChittyChat.Contracts.V1;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Commands;
using ChittyChat.Peer.Grpc;

namespace ChittyChat.Peer.Testing;

/// <summary>
/// Executes the lines of a test as if they were typed at the prompt, in a session of its own. A text is published here and not by the interpreter, as the coordinator is told which
/// message it became.
/// </summary>
internal sealed class LineRunner(PeerCommands commands, ChatPeer chat)
{
    private readonly CommandInterpreter _session = commands.CreateSession(
        command => command is { IsLocal: true, Name: not "quit" } ? "a test server may not reach the files and programs of this machine" : null);

    /// <summary>Executes a line; its failure is a result.</summary>
    public async Task<StepResult> RunAsync(ulong step, string line, CancellationToken cancellationToken)
    {
        if (line.TrimStart() is not ([] or ['/', ..] or ['!', ..] or ['#', ..]))
        {
            return await PublishAsync(step, line.TrimStart() is ['\\', .. var escaped] ? escaped : line, cancellationToken);
        }

        var output = new CollectedOutput();
        var outcome = await _session.ExecuteAsync(line, output, cancellationToken);
        var reason = outcome.Succeeded ? "" : string.Join(". ", ((string?[])[outcome.Error ?? $"exit code {outcome.ExitCode}", outcome.Hint]).Where(part => part is not null));
        return new StepResult { Step = step, Succeeded = outcome.Succeeded, Reason = reason, Output = { output.Lines } };
    }

    private async Task<StepResult> PublishAsync(ulong step, string text, CancellationToken cancellationToken)
    {
        try
        {
            var published = await chat.PublishAsync(text, cancellationToken);
            return new StepResult { Step = step, Succeeded = true, MessageId = ChatMapping.Write(published.Id), LamportTime = published.Time.Value };
        }
        catch (ChatRefusedException e)
        {
            return new StepResult { Step = step, Reason = e.Message };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new StepResult { Step = step, Reason = "cancelled" };
        }
    }

    // Bounded: who prints without end is told so.
    private sealed class CollectedOutput : IOutput
    {
        private const int MostLines = 1_000;

        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public void Write(StyledText line)
        {
            if (_lines.Count < MostLines)
            {
                _lines.Enqueue(line.ToString());
            }
            else if (_lines.Count == MostLines)
            {
                _lines.Enqueue($"(more than {MostLines} lines)");
            }
        }

        // The outcome has it.
        public void WriteError(StyledText line)
        {
        }
    }
}
