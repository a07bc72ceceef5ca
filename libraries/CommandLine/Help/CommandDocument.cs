namespace ChittyChat.CommandLine;

/// <summary>A parameter, as help with <c>--json</c> gives it.</summary>
internal sealed record ParameterDocument(
    string Name, string Kind, string Usage, string Description, bool Required, string? Default, string? Range, IReadOnlyList<string>? Values);

/// <summary>A command, as help with <c>--json</c> gives it.</summary>
internal sealed record CommandDocument(
    string Name, string Group, string Description, string Usage, IReadOnlyList<string> Aliases,
    IReadOnlyList<ParameterDocument> Parameters, IReadOnlyList<CommandExample> Examples)
{
    public static CommandDocument Of(Command command) => new(
        command.Name, command.Group, command.Description, command.Usage, command.Aliases,
        [.. command.Parameters.Select(p => new ParameterDocument(
            p.Name, ValueParser.Format(p.Kind), p.Usage, p.Description, p.IsRequired,
            NullIfEmpty(p.DefaultText), NullIfEmpty(p.RangeText), p.Values.Length == 0 ? null : p.Values))],
        command.Examples);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
