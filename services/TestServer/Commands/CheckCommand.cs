using ChittyChat.TestServer.Checkers;
using ChittyChat.TestServer.Results;

namespace ChittyChat.TestServer.Commands;

/// <summary><c>check</c>: the checkers over the record of an earlier run, on this machine or another.</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(string run, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var file = Directory.Exists(run) ? Path.Combine(run, RunDirectory.RecordFile) : run;
            var entries = await RecordFile.ReadAsync(file, cancellationToken);
            var violations = RunCheckers.Check(entries);
            foreach (var violation in violations)
            {
                await output.WriteLineAsync(violation.Describe());
            }

            foreach (var line in RunStatistics.Of(entries).Describe())
            {
                await output.WriteLineAsync(line);
            }

            await output.WriteLineAsync(violations.Count == 0 ? $"All {RunCheckers.Names.Count} checkers are content: {string.Join(", ", RunCheckers.Names)}." : $"{violations.Count} violations.");
            return violations.Count == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await error.WriteLineAsync(e.Message);
            return 2;
        }
    }
}
