using System.Text;

namespace ChittyChat.CommandLine;

/// <summary>Writes the reference of all commands as a page of Markdown, so that documentation is what the program knows.</summary>
public static class CommandReference
{
    /// <summary>Makes the page: a table of each group, then usage, parameters and examples of each command. The same registry gives the same text.</summary>
    /// <param name="registry">The commands.</param>
    /// <param name="title">The heading of the page.</param>
    /// <param name="introduction">What stands under it.</param>
    public static string ToMarkdown(CommandRegistry registry, string title, string introduction)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var page = new StringBuilder();
        page.Append($"# {title}\n\n{introduction}\n");
        foreach (var group in registry.Groups)
        {
            page.Append($"\n## {group.Name}\n");
            if (group.Description.Length > 0)
            {
                page.Append($"\n{char.ToUpperInvariant(group.Description[0])}{group.Description[1..]}.\n");
            }

            foreach (var command in registry.Commands.Where(c => c.Group == group.Name))
            {
                Append(page, command);
            }
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, Command command)
    {
        page.Append($"\n### /{command.Name}\n\n{command.Description}.\n\n```\n{command.Usage}\n```\n");
        if (command.Aliases.Length > 0)
        {
            page.Append($"\nAlso: {string.Join(", ", command.Aliases.Select(alias => $"`/{alias}`"))}.\n");
        }

        if (command.Parameters.Length > 0)
        {
            page.Append("\n| parameter | meaning |\n| --- | --- |\n");
            foreach (var parameter in command.Parameters)
            {
                page.Append($"| `{HelpText.NameOf(parameter)}` | {Escape(HelpText.Explain(parameter))} |\n");
            }
        }

        if (command.Examples.Length > 0)
        {
            page.Append('\n');
            foreach (var example in command.Examples)
            {
                page.Append($"- `{example.Line}`: {Escape(example.Description)}\n");
            }
        }
    }

    private static string Escape(string text) => text.Replace("|", @"\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
