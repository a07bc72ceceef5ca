using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Which parameter comes next after some words.</summary>
/// <param name="Current">The argument, or the option whose value is due; null if there is none.</param>
/// <param name="MayBeOption">Whether an option may come.</param>
/// <param name="RestStart">Where the rest of the line began; -1 if it has not.</param>
/// <param name="Given">The options that were given.</param>
internal sealed record ArgumentPlace(CommandParameter? Current, bool MayBeOption, int RestStart, ImmutableHashSet<CommandParameter> Given)
{
    /// <summary>Reads the words before the cursor as the binder would.</summary>
    public static ArgumentPlace Find(Command command, LineReader before)
    {
        var places = new Queue<CommandParameter>(command.Parameters.Where(p => !p.IsNamed));
        var given = ImmutableHashSet<CommandParameter>.Empty;
        var onlyArguments = false;
        while (before.TryRead(out var word))
        {
            if (!onlyArguments && word is { IsQuoted: false, Text: "--" })
            {
                onlyArguments = true;
            }
            else if (!onlyArguments && ArgumentBinder.IsOption(word))
            {
                if (ArgumentBinder.Find(command, word.Text, out var value) is not { } option)
                {
                    continue;
                }

                given = given.Add(option);
                if (option.Kind == ParameterKind.Option && value is null && !before.TryRead(out _))
                {
                    return new(option, MayBeOption: false, -1, given);
                }
            }
            else if (places.TryPeek(out var place) && place.Kind == ParameterKind.RestOfLine)
            {
                return new(place, MayBeOption: false, word.Start, given);
            }
            else if (place is { Kind: ParameterKind.Argument })
            {
                places.Dequeue();
            }
        }

        return new(places.TryPeek(out var next) ? next : null, !onlyArguments, -1, given);
    }
}
