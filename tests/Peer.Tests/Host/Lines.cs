using System.Collections.Concurrent;
using ChittyChat.CommandLine;

namespace ChittyChat.Peer.Tests.Host;

/// <summary>What a command wrote, as lines.</summary>
internal sealed class Lines : IOutput
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();

    public string Text => string.Join('\n', _lines);

    public string Errors => string.Join('\n', _errors);

    public void Write(StyledText line) => _lines.Enqueue(line.ToString());

    public void WriteError(StyledText line) => _errors.Enqueue(line.ToString());
}
