using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace ChittyChat.CommandLine;

/// <summary>What <c>$name</c> stands for: texts that are set, and texts that the host provides. Safe to use from any thread.</summary>
public sealed class Variables
{
    private readonly ConcurrentDictionary<string, string> _set = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Description, Func<string?> Value)> _provided = new(StringComparer.Ordinal);

    /// <summary>All variables that have a value, by name.</summary>
    public ImmutableSortedDictionary<string, string> All
    {
        get
        {
            var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            all.AddRange(_set);
            foreach (var (name, provided) in _provided)
            {
                if (provided.Value() is { } value)
                {
                    all[name] = value;
                }
            }

            return all.ToImmutable();
        }
    }

    /// <summary>Lets the host provide a variable, which nobody else can set.</summary>
    /// <param name="name">The name, without a dollar.</param>
    /// <param name="description">What it is, in a few words.</param>
    /// <param name="value">Gives its value now; null while it has none. Called often and from any thread.</param>
    public void Provide(string name, string description, Func<string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Check(name);
        if (!_provided.TryAdd(name, (description, value)))
        {
            throw new ArgumentException($"${name} is provided already.", nameof(name));
        }
    }

    /// <summary>Sets a variable.</summary>
    /// <exception cref="CommandException">It is no name, or the host provides it.</exception>
    public void Set(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Check(name);
        if (_provided.TryGetValue(name, out var provided))
        {
            throw new CommandException($"${name} cannot be set: it is {provided.Description}", exitCode: ExitCodes.Usage);
        }

        _set[name] = value;
    }

    /// <summary>Forgets a variable; false if it was not set.</summary>
    public bool Unset(string name) => _set.TryRemove(name, out _);

    /// <summary>Gets a variable's value.</summary>
    /// <exception cref="CommandException">It has none.</exception>
    public string Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if ((_provided.TryGetValue(name, out var provided) ? provided.Value() : _set.GetValueOrDefault(name)) is { } value)
        {
            return value;
        }

        throw new CommandException(
            provided.Value is null ? $"the variable ${name} is not set" : $"the variable ${name} ({provided.Description}) has no value yet",
            $@"Set it with /set {name} <value>, or write \$ for a dollar.",
            ExitCodes.Usage);
    }

    internal static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    internal static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>What a variable is, for lists.</summary>
    internal string Describe(string name) => _provided.TryGetValue(name, out var provided) ? provided.Description : "set here";

    private static void Check(string name)
    {
        if (string.IsNullOrEmpty(name) || !IsNameStart(name[0]) || !name.All(IsNamePart))
        {
            throw new CommandException(
                $"\"{name}\" cannot be a variable's name", "Names are letters, digits and _, and do not begin with a digit.", ExitCodes.Usage);
        }
    }
}
