using System.Text.Json;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Results;

/// <summary>The record of a run as a file: a line of JSON for each event.</summary>
internal static class RecordFile
{
    public static string Line(RunEntry entry) => JsonSerializer.Serialize(entry, RunRecord.Json);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static RunEntry Entry(string line) =>
        JsonSerializer.Deserialize<RunEntry>(line, RunRecord.Json) is { Event: not null } entry ? entry : throw new JsonException("There is no event in it.");

    /// <summary>Writes the events as they come, until the run has ended.</summary>
    public static async Task WriteAsync(string path, RunRecord record, CancellationToken cancellationToken)
    {
        await using var file = new StreamWriter(path);
        var next = 0;
        while (true)
        {
            var (entries, changed) = record.Read(next);
            next += entries.Length;
            foreach (var entry in entries)
            {
                await file.WriteLineAsync(Line(entry));
            }

            await file.FlushAsync(cancellationToken);
            if (entries.Length > 0 && entries[^1].Event is RunEnded)
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reads a whole record.</summary>
    /// <exception cref="InvalidDataException">It is not a record; the message names the line.</exception>
    public static async Task<IReadOnlyList<RunEntry>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        List<RunEntry> entries = [];
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            try
            {
                entries.Add(Entry(line));
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                throw new InvalidDataException($"{path}:{entries.Count + 1}: this is no event of a run: {e.Message}");
            }
        }

        return entries;
    }
}
