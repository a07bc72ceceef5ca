using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Help as text, made of what the registry knows.</summary>
internal static class HelpText
{
    /// <summary>Writes lines.</summary>
    public static void Write(IEnumerable<StyledText> lines, IOutput output)
    {
        foreach (var line in lines)
        {
            output.Write(line);
        }
    }

    /// <summary>Everything, by group.</summary>
    public static IEnumerable<StyledText> Overview(CommandRegistry registry)
    {
        var width = registry.Commands.Select(c => c.Name.Length + 1).DefaultIfEmpty().Max();
        foreach (var group in registry.Groups)
        {
            yield return Heading(group);
            foreach (var line in Overview(registry.Commands.Where(c => c.Group == group.Name), width))
            {
                yield return line;
            }

            yield return "";
        }

        yield return new StyledText("/help <command> explains one; --help and --json go with every command; Tab completes.", Meaning.Muted);
    }

    /// <summary>One group.</summary>
    public static IEnumerable<StyledText> Overview(CommandGroup group, CommandRegistry registry) =>
        Overview(registry.Commands.Where(c => c.Group == group.Name)).Prepend(Heading(group));

    /// <summary>Some commands, one per line.</summary>
    public static IEnumerable<StyledText> Overview(IEnumerable<Command> commands, int width = 0)
    {
        var all = commands.ToList();
        var column = Math.Max(width, all.Select(c => c.Name.Length + 1).DefaultIfEmpty().Max());
        return all.Select(c => new StyledText([new("  "), new($"/{c.Name}".PadRight(column), Meaning.Name), new($"  {c.Description}")]));
    }

    /// <summary>One command, in full.</summary>
    public static IEnumerable<StyledText> Of(Command command)
    {
        yield return new StyledText([new($"/{command.Name}", Meaning.Name), new($"  {command.Description}")]);
        yield return new StyledText([new("Usage: ", Meaning.Heading), new(command.Usage)]);
        if (command.Aliases.Length > 0)
        {
            yield return new StyledText([new("Also: ", Meaning.Heading), new(string.Join(", ", command.Aliases.Select(a => $"/{a}")))]);
        }

        var rows = command.Parameters.Select(p => (Name: NameOf(p), Text: Explain(p)))
            .Append(("--json", "Write the result as JSON"))
            .Append(("--help, -h", "Show this"))
            .ToList();
        var width = rows.Max(row => row.Item1.Length);
        foreach (var (name, text) in rows)
        {
            yield return new StyledText([new("  "), new(name.PadRight(width), Meaning.Name), new($"  {text}".TrimEnd())]);
        }

        if (command.Examples.Length > 0)
        {
            yield return new StyledText("Examples:", Meaning.Heading);
            var column = command.Examples.Max(e => e.Line.Length);
            foreach (var example in command.Examples)
            {
                yield return new StyledText([new($"  {example.Line.PadRight(column)}"), new($"  {example.Description}", Meaning.Muted)]);
            }
        }
    }

    /// <summary>What a parameter is: description, values, range, default.</summary>
    public static string Explain(CommandParameter parameter)
    {
        ImmutableArray<string> facts =
        [
            .. parameter.Values.Length > 0 ? (ReadOnlySpan<string>)[$"one of {string.Join(", ", parameter.Values)}"] : [],
            .. parameter.RangeText.Length > 0 ? (ReadOnlySpan<string>)[parameter.RangeText] : [],
            .. parameter.DefaultText.Length > 0 ? (ReadOnlySpan<string>)[$"default {parameter.DefaultText}"] : [],
        ];
        var fact = string.Join("; ", facts);
        var description = parameter.Description.Length > 0 || parameter.Kind == ParameterKind.Flag || facts.Length > 0
            ? parameter.Description
            : char.ToUpperInvariant(parameter.Parser.Expected[0]) + parameter.Parser.Expected[1..];
        return facts.Length == 0 ? description : description.Length == 0 ? fact : $"{description} ({fact})";
    }

    /// <summary>A parameter's name as the list of parameters shows it.</summary>
    public static string NameOf(CommandParameter parameter) => parameter.IsNamed
        ? $"{parameter.Usage.Trim('[', ']')}{(parameter.Letter == '\0' ? "" : $", -{parameter.Letter}")}"
        : $"<{parameter.Name}>";

    private static StyledText Heading(CommandGroup group) => new(
        [new(group.Name, Meaning.Heading), .. group.Description.Length == 0 ? [] : (ReadOnlySpan<StyledRun>)[new($": {group.Description}", Meaning.Muted)]]);
}
