namespace ChittyChat.CommandLine;

/// <summary>Makes a method a command, once its object or class is given to <see cref="CommandRegistry.RegisterFrom(object)"/>.</summary>
/// <param name="name">What is typed after the slash; words separated by one space make a sub-command ("log level").</param>
/// <param name="description">What it does, in one line without a full stop.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CommandAttribute(string name, string description) : Attribute
{
    /// <summary>What is typed after the slash.</summary>
    public string Name { get; } = name;

    /// <summary>What it does.</summary>
    public string Description { get; } = description;

    /// <summary>Other names of the same command.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>Whether it reaches outside the program (files, processes), so that a host may refuse it to strangers.</summary>
    public bool IsLocal { get; init; }
}

/// <summary>Says under which heading of the overview commands stand: on a class for all its commands, on a method for one.</summary>
/// <param name="name">The heading, in lower case.</param>
/// <param name="description">What these commands are about; may be empty where another attribute has said it.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class CommandGroupAttribute(string name, string description = "") : Attribute
{
    /// <summary>The heading.</summary>
    public string Name { get; } = name;

    /// <summary>What these commands are about.</summary>
    public string Description { get; } = description;
}

/// <summary>An example that the help of a command shows.</summary>
/// <param name="line">The line as it is typed, with its slash.</param>
/// <param name="description">What it does.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ExampleAttribute(string line, string description) : Attribute
{
    /// <summary>The line as it is typed.</summary>
    public string Line { get; } = line;

    /// <summary>What it does.</summary>
    public string Description { get; } = description;
}
