namespace ChittyChat.CommandLine;

/// <summary>What a line says to a command.</summary>
/// <param name="Values">The values of <see cref="Command.Parameters"/>, in that order.</param>
/// <param name="Help">Whether <c>--help</c> was given; then the values mean nothing.</param>
internal sealed record BoundArguments(object?[] Values, bool Help);

/// <summary>Reads a command's arguments and options from the rest of a line.</summary>
internal static class ArgumentBinder
{
    /// <summary>Whether <c>--json</c> stands in a line where the command would see it, even if the line has other faults.</summary>
    public static bool AsksForJson(Command? command, string line, int position)
    {
        var reader = new LineReader(line, position, null);
        var places = command?.Parameters.Count(p => p.Kind == ParameterKind.Argument) ?? 0;
        var hasRest = command?.Parameters.Any(p => p.Kind == ParameterKind.RestOfLine) ?? false;
        while (reader.TryRead(out var word) && word is not { IsQuoted: false, Text: "--" })
        {
            if (word is { IsQuoted: false, Text: "--json" })
            {
                return true;
            }

            if (!IsOption(word))
            {
                if (hasRest && places-- == 0)
                {
                    return false;
                }
            }
            else if (command is not null && Find(command, word.Text, out var value) is { Kind: ParameterKind.Option } && value is null)
            {
                reader.TryRead(out _);
            }
        }

        return false;
    }

    /// <summary>Binds a line.</summary>
    /// <exception cref="CommandException">It does not fit; the message says where.</exception>
    public static BoundArguments Bind(Command command, LineReader reader)
    {
        var values = new object?[command.Parameters.Length];
        var given = new bool[values.Length];
        var places = new Queue<CommandParameter>(command.Parameters.Where(p => !p.IsNamed));
        var list = new List<string>();
        var onlyArguments = false;
        while (reader.Peek() is { } next)
        {
            if (!onlyArguments && next is { IsQuoted: false, Text: "--" })
            {
                onlyArguments = true;
                reader.TryRead(out _);
            }
            else if (!onlyArguments && next is { IsQuoted: false, Text: "--help" or "-h" })
            {
                return new(values, Help: true);
            }
            else if (!onlyArguments && next is { IsQuoted: false, Text: "--json" })
            {
                reader.TryRead(out _);
            }
            else if (!onlyArguments && IsOption(next))
            {
                ReadOption(command, reader, values, given);
            }
            else if (places.TryPeek(out var place) && place.Kind == ParameterKind.RestOfLine)
            {
                places.Dequeue();
                Give(command, place, reader.ReadRest(place.IsVerbatim), values, given);
            }
            else if (place is { Kind: ParameterKind.ArgumentList })
            {
                reader.TryRead(out var word);
                list.Add(word.Text);
            }
            else if (place is null)
            {
                throw new CommandException(
                    $"{command.Name} takes {Takes(command)}: \"{next.Text}\" is too much", $"Usage: {command.Usage}", ExitCodes.Usage);
            }
            else
            {
                reader.TryRead(out var word);
                places.Dequeue();
                Give(command, place, word.Text, values, given);
            }
        }

        Complete(command, list, values, given);
        return new(values, Help: false);
    }

    /// <summary>Whether a word has the form of an option: a dash, and then no digit (so that -5 is a number).</summary>
    public static bool IsOption(Word word) => !word.IsQuoted && word.Text is ['-', not (>= '0' and <= '9'), ..];

    /// <summary>Finds the option that a word like <c>--count=3</c> or <c>-c</c> names.</summary>
    public static CommandParameter? Find(Command command, string word, out string? value)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        value = equals < 0 ? null : word[(equals + 1)..];
        var name = equals < 0 ? word : word[..equals];
        return command.Parameters.FirstOrDefault(p => p.IsNamed && (
            (name.StartsWith("--", StringComparison.Ordinal) && p.Name.Equals(name[2..], StringComparison.OrdinalIgnoreCase))
            || (name.Length == 2 && p.Letter == name[1])));
    }

    private static void ReadOption(Command command, LineReader reader, object?[] values, bool[] given)
    {
        reader.TryRead(out var word);
        if (Find(command, word.Text, out var value) is not { } option)
        {
            var name = word.Text.Split('=')[0];
            var names = command.Parameters.Where(p => p.IsNamed).Select(p => $"--{p.Name}").Append("--json").Append("--help");
            var meant = Suggestions.Nearest(name, names) is { } near ? $"Did you mean {near}?" : $"Usage: {command.Usage}";
            throw new CommandException($"{command.Name} has no option {name}", meant, ExitCodes.Usage);
        }

        if (option.Kind == ParameterKind.Flag)
        {
            Give(command, option, value ?? "on", values, given);
            return;
        }

        if (value is null && (reader.Peek() is not { } next || IsOption(next) || !reader.TryRead(out word)))
        {
            throw new CommandException($"--{option.Name} needs a value: {option.Parser.Expected}", $"Usage: {command.Usage}", ExitCodes.Usage);
        }

        Give(command, option, value ?? word.Text, values, given);
    }

    private static void Give(Command command, CommandParameter parameter, string text, object?[] values, bool[] given)
    {
        var at = command.Parameters.IndexOf(parameter);
        if (given[at])
        {
            throw new CommandException($"{parameter.Label} is given twice", exitCode: ExitCodes.Usage);
        }

        given[at] = true;
        values[at] = parameter.Read(text);
    }

    private static void Complete(Command command, List<string> list, object?[] values, bool[] given)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.Parameters[i];
            if (parameter.Kind == ParameterKind.ArgumentList)
            {
                var items = Array.CreateInstance(parameter.Type.GetElementType()!, list.Count);
                for (var j = 0; j < list.Count; j++)
                {
                    items.SetValue(parameter.Read(list[j]), j);
                }

                values[i] = items;
            }
            else if (!given[i] && parameter.IsRequired)
            {
                throw new CommandException($"{command.Name} needs {parameter.Usage}", $"Usage: {command.Usage}", ExitCodes.Usage);
            }
            else if (!given[i])
            {
                values[i] = parameter.Default;
            }
        }
    }

    private static string Takes(Command command) => command.Parameters.Count(p => !p.IsNamed) switch
    {
        0 => "no arguments",
        var count => Naming.Count(count, "argument"),
    };
}
