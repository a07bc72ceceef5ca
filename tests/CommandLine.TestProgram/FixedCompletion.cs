namespace ChittyChat.CommandLine.TestProgram;

internal sealed class FixedCompletion : ICompletionSource
{
    private static readonly Candidate[] Words =
    [
        new("/members", "Who is here"),
        new("/membership", "How members are found"),
        new("/message", "Send to one member"),
        new("/ping", "Measure the round trip"),
        new("/print", "Print lines"),
        new("/wait", "Wait for Ctrl-C"),
    ];

    public ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken)
    {
        var start = line.LastIndexOf(' ', Math.Max(0, cursor - 1)) + 1;
        var word = line[start..cursor];
        return ValueTask.FromResult(new CompletionList(start, word.Length, [.. Words.Where(w => w.Text.StartsWith(word, StringComparison.Ordinal))]));
    }
}
