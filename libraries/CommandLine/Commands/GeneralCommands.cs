namespace ChittyChat.CommandLine;

[CommandGroup("general", "help, variables, output")]
internal static class GeneralCommands
{
    [Command("help", "List the commands, or explain one")]
    [Example("/help", "all commands, by group")]
    [Example("/help echo", "usage, options and examples of /echo")]
    public static object Help(CommandContext context, [Argument("name", "A command, the first word of several, or a group", Completions = "command")] params string[] name)
    {
        var registry = context.Interpreter.Registry;
        var width = context.Output.Width;
        var words = string.Join(' ', name).TrimStart('/');
        if (words.Length == 0)
        {
            return context.Json ? registry.Commands.Select(CommandDocument.Of) : HelpText.Overview(registry, width);
        }

        var command = registry.Find(words);
        var below = registry.Below(words);
        if (command is not null)
        {
            return context.Json ? CommandDocument.Of(command) : HelpText.Of(command, width).Concat(below.Count == 0 ? [] : HelpText.Overview(below, width).Prepend(""));
        }

        if (below.Count > 0)
        {
            return context.Json ? below.Select(CommandDocument.Of) : HelpText.Overview(below, width);
        }

        if (registry.Groups.FirstOrDefault(g => g.Name.Equals(words, StringComparison.OrdinalIgnoreCase)) is { } group)
        {
            return context.Json
                ? registry.Commands.Where(c => c.Group == group.Name).Select(CommandDocument.Of)
                : HelpText.Overview(group, registry, width);
        }

        var near = Suggestions.Nearest(words, registry.Names.Keys.Concat(registry.Groups.Select(g => g.Name)));
        throw new CommandException(
            $"there is no command or group \"{words}\"", near is null ? "/help lists them." : $"Did you mean /help {near}?", ExitCodes.Usage);
    }

    [Command("echo", "Write a text", Aliases = ["print"])]
    [Example("/echo members: $name", "with the value of a variable")]
    public static string Echo([RestOfLine("text", "What to write")] string text = "") => text;

    [Command("set", "Set a variable, which $name stands for from then on")]
    [Example("/set greeting hello everybody", "then /echo $greeting")]
    public static void Set(
        CommandContext context,
        [Argument("name", "Letters, digits and _", Completions = "variable")] string name,
        [RestOfLine("value", "Its value")] string value) => context.Variables.Set(name.TrimStart('$'), value);

    [Command("unset", "Forget a variable")]
    public static void Unset(CommandContext context, [Argument("name", "The variable", Completions = "variable")] string name)
    {
        if (!context.Variables.Unset(name.TrimStart('$')))
        {
            var near = Suggestions.Nearest(name, context.Variables.All.Keys);
            throw new CommandException($"the variable ${name.TrimStart('$')} is not set", near is null ? "/variables lists those that are." : $"Did you mean {near}?");
        }
    }

    [Command("variables", "List the variables and their values")]
    public static IEnumerable<VariableDocument> List(CommandContext context) =>
        context.Variables.All.Select(variable => new VariableDocument(variable.Key, variable.Value, context.Variables.Describe(variable.Key)));

    internal sealed record VariableDocument(string Name, string Value, string Origin);
}
