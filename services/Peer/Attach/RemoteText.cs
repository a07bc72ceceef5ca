using System.Globalization;
using System.Text;
using ChittyChat.CommandLine;
using Wire = ChittyChat.Contracts.V1;

namespace ChittyChat.Peer.Attach;

/// <summary>Between lines of output and their protobuf messages. A long line goes in pieces, so that no message becomes too big for gRPC.</summary>
internal static class RemoteText
{
    /// <summary>So many UTF-16 code units go in one message.</summary>
    internal const int PieceLength = 64 * 1024;

    /// <summary>The messages that carry a line.</summary>
    public static IEnumerable<Wire.OutputLine> Write(StyledText line)
    {
        var piece = new Wire.OutputLine();
        var room = PieceLength;
        foreach (var run in line.Runs)
        {
            var text = run.Text;
            while (text.Length > room)
            {
                // Not through the middle of a surrogate pair.
                var length = room > 0 && char.IsHighSurrogate(text[room - 1]) ? room - 1 : room;
                Add(piece, text[..length], run.Meaning);
                piece.GoesOn = true;
                yield return piece;
                (piece, room, text) = (new(), PieceLength, text[length..]);
            }

            Add(piece, text, run.Meaning);
            room -= text.Length;
        }

        yield return piece;
    }

    /// <summary>Takes the next piece of a line, behind those that came before; gives the line when it is whole.</summary>
    public static StyledText? Read(Wire.OutputLine piece, List<StyledRun> before)
    {
        before.AddRange(piece.Runs.Select(run => new StyledRun(run.Text, (Meaning)run.Meaning)));
        if (piece.GoesOn)
        {
            return null;
        }

        var line = new StyledText([.. Joined(before)]);
        before.Clear();
        return line;
    }

    /// <summary>Says that lines were lost.</summary>
    public static StyledText Missed(ulong lines, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"({lines} {(lines == 1 ? "line was" : "lines were")} lost: {why})"), Meaning.Warning);

    // What was cut to pieces is one run again.
    private static IEnumerable<StyledRun> Joined(List<StyledRun> runs)
    {
        for (var i = 0; i < runs.Count;)
        {
            var meaning = runs[i].Meaning;
            var end = i + 1;
            while (end < runs.Count && runs[end].Meaning == meaning)
            {
                end++;
            }

            yield return new(end == i + 1 ? runs[i].Text : runs.GetRange(i, end - i).Aggregate(new StringBuilder(), (text, run) => text.Append(run.Text)).ToString(), meaning);
            i = end;
        }
    }

    private static void Add(Wire.OutputLine piece, string text, Meaning meaning)
    {
        if (text.Length > 0)
        {
            piece.Runs.Add(new Wire.OutputRun { Text = text, Meaning = (Wire.Meaning)meaning });
        }
    }
}
