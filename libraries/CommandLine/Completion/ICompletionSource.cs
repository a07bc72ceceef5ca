using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Knows what a line could go on with.</summary>
public interface ICompletionSource
{
    /// <summary>Gives what fits at the cursor; nothing when nothing fits.</summary>
    /// <param name="line">The whole line.</param>
    /// <param name="cursor">Where the cursor stands, in UTF-16 code units from the start of the line.</param>
    /// <param name="cancellationToken">Cancelled when the line has changed and the answer is not wanted any more.</param>
    ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken);
}

/// <summary>What could stand in a part of a line.</summary>
/// <param name="Start">Where the part begins, in UTF-16 code units.</param>
/// <param name="Length">How long the part is; 0 to insert.</param>
/// <param name="Candidates">What could stand there, best first.</param>
public sealed record CompletionList(int Start, int Length, ImmutableArray<Candidate> Candidates)
{
    /// <summary>Nothing fits.</summary>
    public static CompletionList None { get; } = new(0, 0, []);
}

/// <summary>One way to go on.</summary>
/// <param name="Text">What replaces the part of the line, quoted if it has to be.</param>
/// <param name="Description">What it is, in a few words; may be empty.</param>
/// <param name="IsWhole">Whether the word ends here, so that a space follows; false for a directory or a prefix.</param>
public sealed record Candidate(string Text, string Description = "", bool IsWhole = true);
