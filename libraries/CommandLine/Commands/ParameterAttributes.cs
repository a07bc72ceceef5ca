namespace ChittyChat.CommandLine;

/// <summary>What argument, option and text have in common.</summary>
/// <param name="name">The name in usage and errors.</param>
/// <param name="description">What it is, in one line without a full stop.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class CommandParameterAttribute(string name, string description) : Attribute
{
    /// <summary>The name in usage and errors.</summary>
    public string Name { get; } = name;

    /// <summary>What it is.</summary>
    public string Description { get; } = description;

    /// <summary>
    /// Where its values come from: a method of the same class that returns strings or <see cref="Candidate"/>s (also as a task, and
    /// with a <see cref="CancellationToken"/> if it wants one), or the name given to <see cref="CommandRegistry.ProvideValues(string, Func{IEnumerable{Candidate}})"/>.
    /// Without it, the values provided under the parameter's own name, if any.
    /// </summary>
    public string? Completions { get; init; }

    /// <summary>What it is when it is not given, as it would be typed: for types that have no constants, as in <c>Default = "10s"</c>. Otherwise the method's own default.</summary>
    public string? Default { get; init; }
}

/// <summary>A parameter that is given by its place in the line. Parameters without an attribute are this, except flags.</summary>
/// <inheritdoc cref="CommandParameterAttribute(string, string)"/>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ArgumentAttribute(string name, string description) : CommandParameterAttribute(name, description);

/// <summary>A parameter that is given by its name: <c>--count 3</c>, <c>--count=3</c>; a <see cref="bool"/> is a flag without a value.</summary>
/// <param name="name">The name, with or without its two dashes.</param>
/// <param name="description">What it is, in one line without a full stop.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OptionAttribute(string name, string description) : CommandParameterAttribute(name.TrimStart('-'), description)
{
    /// <summary>A letter that stands for it: 'c' for <c>-c 3</c>.</summary>
    public char Letter { get; init; }
}

/// <summary>
/// The last parameter: the rest of the line as it stands, quotes and spaces included. <c>$name</c> is replaced and <c>\$</c> is a dollar;
/// a rest that is one quoted word loses its quotes.
/// </summary>
/// <inheritdoc cref="CommandParameterAttribute(string, string)"/>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RestOfLineAttribute(string name, string description) : CommandParameterAttribute(name, description)
{
    /// <summary>Whether nothing at all is replaced, for a text that another language reads: a command line, a shell command.</summary>
    public bool IsVerbatim { get; init; }
}
