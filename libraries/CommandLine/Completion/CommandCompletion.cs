using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Completes lines with what the registry and the variables know. Never throws.</summary>
internal sealed class CommandCompletion(CommandInterpreter interpreter) : ICompletionSource
{
    private const int MaxCandidates = 500;

    private readonly ValueCandidates _values = new(interpreter);

    /// <inheritdoc/>
    public async ValueTask<CompletionList> CompleteAsync(string line, int cursor, CancellationToken cancellationToken)
    {
        try
        {
            cursor = Math.Clamp(cursor, 0, line.Length);
            var start = line.Length - line.AsSpan().TrimStart().Length;
            return start < cursor && line[start] == '/'
                ? await CompleteCommandAsync(line, start + 1, cursor, cancellationToken)
                : CompletionList.None;
        }
#pragma warning disable CA1031 // Values come from code of the host; while somebody types there is nobody to tell about its defects but the log.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (e is not OperationCanceledException)
            {
                interpreter.Logger.CompletionFailed(e);
            }

            return CompletionList.None;
        }
    }

    private static CompletionList Fit(Place place, IEnumerable<Candidate> candidates)
    {
        var fitting = candidates
            .Where(c => c.Text.StartsWith(place.Typed, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(c => c.Text)
            .Take(MaxCandidates)
            .Select(c => c with { Text = place.Write(c) })
            .ToImmutableArray();
        return fitting.Length == 0 ? CompletionList.None : new(place.Start, place.Length, fitting);
    }

    private async ValueTask<CompletionList> CompleteCommandAsync(string line, int start, int cursor, CancellationToken cancellationToken)
    {
        var place = Place.At(line, start, cursor);
        var before = new LineReader(line[..place.Start], start, null);
        var command = interpreter.Registry.ReadName(before, out var name);

        // The words before the cursor are all part of a name: it may go on, or a command may be complete and its arguments begin.
        var candidates = before.Peek() is null ? NameCandidates(name) : [];
        if (command is null)
        {
            return place.IsQuoted ? CompletionList.None : Fit(place, candidates);
        }

        var position = ArgumentPlace.Find(command, before);
        if (position is { Current: { Kind: ParameterKind.RestOfLine, Completions: ValueCandidates.Line }, RestStart: var restStart })
        {
            return await CompleteLineAsync(line, restStart < 0 ? place.Start : restStart, cursor, cancellationToken);
        }

        if (place.Typed.StartsWith('$') && !place.IsRaw)
        {
            return Fit(place with { IsVariable = true }, interpreter.Variables.All.Select(v => new Candidate($"${v.Key}", v.Value)));
        }

        if (position.MayBeOption && !place.IsQuoted && place.Typed.StartsWith('-'))
        {
            var equals = place.Typed.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && ArgumentBinder.Find(command, place.Typed, out _) is { } option)
            {
                var value = place with { Prefix = place.Typed[..(equals + 1)], Typed = place.Typed[(equals + 1)..] };
                return Fit(value, await _values.OfAsync(command, option, value.Typed, cancellationToken));
            }

            return Fit(place with { IsVerbatim = true }, OptionCandidates(command, position));
        }

        if (position.Current is { } parameter && !(parameter.Kind == ParameterKind.RestOfLine && position.RestStart >= 0))
        {
            candidates = candidates.Concat(await _values.OfAsync(command, parameter, place.Typed, cancellationToken));
        }

        var fitting = Fit(place, candidates);
        if (place.Typed.Length > 0 || !position.MayBeOption)
        {
            return fitting;
        }

        var options = OptionCandidates(command, position).Where(c => c.Text is not ("--json" or "--help"));
        return new(place.Start, place.Length, [.. fitting.Candidates, .. Fit(place with { IsVerbatim = true }, options).Candidates]);
    }

    // A command inside a command, as in /repeat 3 ping …; its slash may be missing.
    private async ValueTask<CompletionList> CompleteLineAsync(string line, int start, int cursor, CancellationToken cancellationToken) =>
        start >= cursor || line[start] != '!'
            ? await CompleteCommandAsync(line, start < line.Length && line[start] == '/' ? start + 1 : start, cursor, cancellationToken)
            : CompletionList.None;

    // The next word of all names that begin with some words.
    private IEnumerable<Candidate> NameCandidates(string words)
    {
        var prefix = words.Length == 0 ? "" : $"{words} ";
        return interpreter.Registry.Names
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && entry.Key.Length > prefix.Length)
            .GroupBy(entry => entry.Key[prefix.Length..].Split(' ')[0], StringComparer.OrdinalIgnoreCase)
            .Select(group =>
            {
                var exact = group.FirstOrDefault(entry => entry.Key.Length == prefix.Length + group.Key.Length).Value;
                var others = group.Where(entry => entry.Value != exact).Select(entry => entry.Key[(prefix.Length + group.Key.Length)..].Trim());
                return new Candidate(group.Key, exact?.Description ?? string.Join(", ", others));
            });
    }

    private static IEnumerable<Candidate> OptionCandidates(Command command, ArgumentPlace position) => command.Parameters
        .Where(p => p.IsNamed && !position.Given.Contains(p))
        .Select(p => new Candidate($"--{p.Name}", HelpText.Explain(p)))
        .Append(new("--json", "Write the result as JSON"))
        .Append(new("--help", "Explain the command"));
}
