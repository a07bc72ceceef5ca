using System.Collections.Immutable;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Terminals;

// Public because Razor components, whose parameters they are, always are.

/// <param name="Number">Tells it from all other lines of its terminal.</param>
/// <param name="Runs">The line, as runs of text with one meaning.</param>
public sealed record ScreenLine(long Number, ImmutableArray<ScreenRun> Runs);

/// <param name="Text">Harmless: without control characters but tab and line break.</param>
/// <param name="Meaning">What it means.</param>
public readonly record struct ScreenRun(string Text, Meaning Meaning = Meaning.Plain);

/// <summary>The newest lines of a terminal: at most <see cref="MaxLines"/>. Not for two threads at once.</summary>
internal sealed class Scrollback
{
    public const int MaxLines = 500;

    private readonly Queue<ScreenLine> _lines = new();
    private long _number;

    /// <summary>A picture of the lines, oldest first.</summary>
    public ImmutableArray<ScreenLine> Lines => [.. _lines];

    public void Add(ImmutableArray<ScreenRun> runs)
    {
        _lines.Enqueue(new ScreenLine(++_number, runs));
        if (_lines.Count > MaxLines)
        {
            _lines.Dequeue();
        }
    }

    public void Clear() => _lines.Clear();
}
