using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>Help as text, made of what the registry knows.</summary>
internal static class HelpText
{
    /// <summary>Everything, by group.</summary>
    public static IEnumerable<StyledText> Overview(CommandRegistry registry, int? width)
    {
        var layout = new HelpLayout(width);
        var column = registry.Commands.Select(c => c.Name.Length + 1).DefaultIfEmpty().Max();
        foreach (var group in registry.Groups)
        {
            foreach (var line in Heading(group, layout).Concat(layout.List(Rows(registry.Commands.Where(c => c.Group == group.Name)), column)).Append(""))
            {
                yield return line;
            }
        }

        foreach (var line in layout.Text(new(""), new("/help <command> explains one; --help and --json go with every command; Tab completes.", Meaning.Muted)))
        {
            yield return line;
        }
    }

    /// <summary>One group.</summary>
    public static IEnumerable<StyledText> Overview(CommandGroup group, CommandRegistry registry, int? width) =>
        Heading(group, new(width)).Concat(Overview(registry.Commands.Where(c => c.Group == group.Name), width));

    /// <summary>Some commands, one per line.</summary>
    public static IEnumerable<StyledText> Overview(IEnumerable<Command> commands, int? width) => new HelpLayout(width).List(Rows(commands));

    /// <summary>One command, in full.</summary>
    public static IEnumerable<StyledText> Of(Command command, int? width)
    {
        var layout = new HelpLayout(width);
        var lines = layout.Text(new($"/{command.Name}  ", Meaning.Name), new(command.Description))
            .Concat(layout.Text(new("Usage: ", Meaning.Heading), new(command.Usage)));
        if (command.Aliases.Length > 0)
        {
            lines = lines.Concat(layout.Text(new("Also: ", Meaning.Heading), new(string.Join(", ", command.Aliases.Select(a => $"/{a}")))));
        }

        lines = lines.Concat(layout.List(
        [
            .. command.Parameters.Select(p => (new StyledRun(NameOf(p), Meaning.Name), new StyledRun(Explain(p)))),
            (new("--json", Meaning.Name), new("Write the result as JSON")),
            (new("--help, -h", Meaning.Name), new("Show this")),
        ]));
        return command.Examples.Length == 0 ? lines : lines
            .Append(new StyledText("Examples:", Meaning.Heading))
            .Concat(layout.List([.. command.Examples.Select(e => (new StyledRun(e.Line), new StyledRun(e.Description, Meaning.Muted)))]));
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

    private static List<(StyledRun Name, StyledRun Description)> Rows(IEnumerable<Command> commands) =>
        [.. commands.Select(c => (new StyledRun($"/{c.Name}", Meaning.Name), new StyledRun(c.Description)))];

    private static IEnumerable<StyledText> Heading(CommandGroup group, HelpLayout layout) => group.Description.Length == 0
        ? [new StyledText(group.Name, Meaning.Heading)]
        : layout.Text(new($"{group.Name}: ", Meaning.Heading), new(group.Description, Meaning.Muted));
}
