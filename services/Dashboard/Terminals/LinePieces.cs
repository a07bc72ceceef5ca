using System.Collections.Immutable;
using System.Globalization;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Terminals;

/// <summary>Makes lines of the pieces in which one call sends them. Of a line that is longer than a page should show, the beginning is kept.</summary>
internal sealed class LinePieces
{
    public const int MaxLength = 16 * 1024;

    private readonly List<ScreenRun> _runs = [];
    private long _length;

    /// <summary>Takes the next piece; gives the line when it is whole.</summary>
    public ImmutableArray<ScreenRun>? Take(OutputLine piece)
    {
        foreach (var run in piece.Runs)
        {
            var room = (int)Math.Max(0, MaxLength - _length);
            if (room > 0)
            {
                _runs.Add(new(Harmless(run.Text.Length <= room ? run.Text : run.Text[..room]), run.Meaning));
            }

            _length += run.Text.Length;
        }

        if (piece.GoesOn)
        {
            return null;
        }

        if (_length > MaxLength)
        {
            _runs.Add(new(string.Create(CultureInfo.InvariantCulture, $" … and {_length - MaxLength} more characters"), Meaning.Muted));
        }

        ImmutableArray<ScreenRun> line = [.. _runs];
        _runs.Clear();
        _length = 0;
        return line;
    }

    // What others wrote must not hide or turn around what stands beside it.
    private static string Harmless(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = source[i] switch
            {
                '\t' or '\n' => source[i],
                (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => '\uFFFD',
                var c => char.IsControl(c) ? '\uFFFD' : c,
            };
        }
    });
}
