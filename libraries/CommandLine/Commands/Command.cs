using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>An example that the help of a command shows.</summary>
/// <param name="Line">The line as it is typed.</param>
/// <param name="Description">What it does.</param>
public sealed record CommandExample(string Line, string Description);

/// <summary>A group of commands: a heading of the overview.</summary>
/// <param name="Name">The heading.</param>
/// <param name="Description">What its commands are about; may be empty.</param>
public sealed record CommandGroup(string Name, string Description);

/// <summary>A command: everything that dispatch, help, completion, usage and errors know about it.</summary>
public sealed class Command
{
    private readonly Func<object?[], CommandContext, CancellationToken, object?> _invoke;

    internal Command(
        string name,
        string description,
        ImmutableArray<CommandParameter> parameters,
        Func<object?[], CommandContext, CancellationToken, object?> invoke)
    {
        Name = name;
        Description = description;
        Parameters = parameters;
        _invoke = invoke;
    }

    /// <summary>What is typed after the slash.</summary>
    public string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public string Description { get; }

    /// <summary>The heading it stands under.</summary>
    public string Group { get; internal init; } = CommandRegistry.DefaultGroup;

    /// <summary>Other names.</summary>
    public ImmutableArray<string> Aliases { get; internal init; } = [];

    /// <summary>Examples.</summary>
    public ImmutableArray<CommandExample> Examples { get; internal init; } = [];

    /// <summary>Whether it reaches outside the program; see <see cref="CommandAttribute.IsLocal"/>.</summary>
    public bool IsLocal { get; internal init; }

    /// <summary>What a line gives it: arguments and options. <c>--json</c> and <c>--help</c>, which every command has, are not listed.</summary>
    public ImmutableArray<CommandParameter> Parameters { get; }

    /// <summary>How it is typed: <c>/ping &lt;member&gt; [--count &lt;n&gt;]</c>.</summary>
    public string Usage => string.Join(' ', [
        $"/{Name}",
        .. Parameters.Where(p => !p.IsNamed && p.Kind != ParameterKind.RestOfLine).Select(p => p.Usage),
        .. Parameters.Where(p => p.IsNamed).Select(p => p.Usage),
        .. Parameters.Where(p => p.Kind == ParameterKind.RestOfLine).Select(p => p.Usage)]);

    /// <summary>The object whose methods may complete its parameters; null for none.</summary>
    internal object? Target { get; init; }

    /// <summary>The class whose methods may complete its parameters; null for none.</summary>
    internal Type? TargetType { get; init; }

    internal object? Invoke(object?[] given, CommandContext context, CancellationToken cancellationToken) =>
        _invoke(given, context, cancellationToken);
}
