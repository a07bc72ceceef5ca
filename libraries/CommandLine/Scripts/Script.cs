using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>A step of a script.</summary>
/// <param name="Number">The number of its first line, from 1.</param>
internal abstract record ScriptStep(int Number);

/// <summary>One line, as at the prompt.</summary>
internal sealed record ScriptLine(int Number, string Text) : ScriptStep(Number);

/// <summary>A block from <c>/repeat n</c> to <c>/end</c>.</summary>
internal sealed record ScriptRepeat(int Number, string Times, ImmutableArray<ScriptStep> Steps) : ScriptStep(Number);

/// <summary>A script that was read.</summary>
/// <param name="Name">Its name, for errors.</param>
/// <param name="Steps">Its steps.</param>
internal sealed record Script(string Name, ImmutableArray<ScriptStep> Steps)
{
    /// <summary>The most that a block is repeated.</summary>
    private const int MaxTimes = 1_000_000;

    /// <summary>Reads the lines of a script: comments and blank lines go, blocks are put together.</summary>
    /// <exception cref="CommandException">A block does not end, or an end has no block.</exception>
    public static Script Parse(string name, IReadOnlyList<string> lines)
    {
        var open = new Stack<(int Number, string Times, ImmutableArray<ScriptStep>.Builder Steps)>();
        var steps = ImmutableArray.CreateBuilder<ScriptStep>();
        for (var i = 0; i < lines.Count; i++)
        {
            var trimmed = lines[i].Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }

            var words = trimmed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["/repeat", var times])
            {
                open.Push((i + 1, times, steps));
                steps = ImmutableArray.CreateBuilder<ScriptStep>();
            }
            else if (words is ["/end"])
            {
                if (!open.TryPop(out var block))
                {
                    throw new CommandException($"{name}:{i + 1}: /end has no /repeat", exitCode: ExitCodes.Usage);
                }

                block.Steps.Add(new ScriptRepeat(block.Number, block.Times, steps.ToImmutable()));
                steps = block.Steps;
            }
            else
            {
                steps.Add(new ScriptLine(i + 1, lines[i]));
            }
        }

        return open.TryPeek(out var unfinished)
            ? throw new CommandException($"{name}:{unfinished.Number}: /repeat has no /end", exitCode: ExitCodes.Usage)
            : new(name, steps.ToImmutable());
    }

    /// <summary>How often a block runs: a number, or a variable that holds one.</summary>
    public int Times(ScriptRepeat repeat, Variables variables)
    {
        try
        {
            var text = new LineReader(repeat.Times, 0, variables).TryRead(out var word) ? word.Text : "";
            return int.TryParse(text, out var times) && times is >= 0 and <= MaxTimes
                ? times
                : throw new CommandException($"<times>: \"{text}\" is not a whole number from 0 to {MaxTimes}", exitCode: ExitCodes.Usage);
        }
        catch (CommandException e)
        {
            throw new CommandException($"{Name}:{repeat.Number}: {e.Message}", e.Hint, e.ExitCode);
        }
    }
}
