using System.Collections.Immutable;
using System.Reflection;

namespace ChittyChat.CommandLine;

/// <summary>
/// The one place where commands, the conditions of <c>wait</c> and <c>expect</c>, and the values that only the live program knows are registered.
/// It feeds dispatch, help, completion, usage and errors. Safe to read from any thread while something is registered.
/// </summary>
public sealed partial class CommandRegistry
{
    internal const string DefaultGroup = "general";

    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<string, Command> _names = ImmutableSortedDictionary.Create<string, Command>(StringComparer.OrdinalIgnoreCase);
    private ImmutableSortedDictionary<string, CommandGroup> _groups = ImmutableSortedDictionary.Create<string, CommandGroup>(StringComparer.Ordinal);
    private ImmutableDictionary<string, ValueProvider> _values = ImmutableDictionary.Create<string, ValueProvider>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gives what could stand in a place.</summary>
    internal delegate ValueTask<IEnumerable<Candidate>> ValueProvider(CancellationToken cancellationToken);

    /// <summary>All commands, by name.</summary>
    public IReadOnlyList<Command> Commands => [.. Volatile.Read(ref _names).Where(entry => entry.Key == entry.Value.Name).Select(entry => entry.Value)];

    /// <summary>All groups that have commands, by name.</summary>
    public IReadOnlyList<CommandGroup> Groups
    {
        get
        {
            var described = Volatile.Read(ref _groups);
            return [.. Commands.Select(c => c.Group).Distinct().Order(StringComparer.Ordinal)
                .Select(name => described.GetValueOrDefault(name) ?? new CommandGroup(name, ""))];
        }
    }

    internal ImmutableSortedDictionary<string, Command> Names => Volatile.Read(ref _names);

    /// <summary>Makes a command of a method or lambda expression in one line: <c>Register("ping", "Measure …", (string member) => …)</c>.</summary>
    /// <param name="name">What is typed after the slash; words separated by one space make a sub-command.</param>
    /// <param name="description">What it does, in one line without a full stop.</param>
    /// <param name="handler">What is called. See the README for the types of parameters and results.</param>
    /// <param name="group">The heading that it stands under.</param>
    /// <param name="aliases">Other names.</param>
    /// <param name="examples">Examples, as line and description.</param>
    /// <param name="isLocal">See <see cref="CommandAttribute.IsLocal"/>.</param>
    /// <exception cref="ArgumentException">The name is taken or is no name, or a parameter cannot be read from text.</exception>
    public Command Register(
        string name,
        string description,
        Delegate handler,
        string group = DefaultGroup,
        string[]? aliases = null,
        (string Line, string Description)[]? examples = null,
        bool isLocal = false)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(Make(handler.Method, handler.Target, name, description, group, aliases ?? [],
            [.. (examples ?? []).Select(e => new CommandExample(e.Line, e.Description))], isLocal));
    }

    /// <summary>Makes commands of all methods of an object that have a <see cref="CommandAttribute"/>, also private and static ones.</summary>
    /// <exception cref="ArgumentException">There are none, or one cannot be registered; then none is.</exception>
    public void RegisterFrom(object commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        RegisterFrom(commands.GetType(), commands);
    }

    /// <summary>Makes commands of all static methods of a class that have a <see cref="CommandAttribute"/>.</summary>
    /// <inheritdoc cref="RegisterFrom(object)"/>
    public void RegisterFrom(Type commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        RegisterFrom(commands, null);
    }

    /// <summary>Describes a group for the overview; commands may name groups that nobody describes.</summary>
    public void DescribeGroup(string name, string description)
    {
        lock (_gate)
        {
            _groups = _groups.SetItem(name, new CommandGroup(name, description));
        }
    }

    /// <summary>Provides the values of all parameters that have a name, or that refer to it by <see cref="CommandParameterAttribute.Completions"/>.</summary>
    /// <param name="name">The name, such as "member".</param>
    /// <param name="values">Gives the values now, whatever was typed so far. Called while somebody types, from any thread.</param>
    public void ProvideValues(string name, Func<CancellationToken, ValueTask<IEnumerable<Candidate>>> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(values);
        lock (_gate)
        {
            if (_values.ContainsKey(name))
            {
                throw new ArgumentException($"The values of \"{name}\" are provided already.", nameof(name));
            }

            _values = _values.Add(name, new ValueProvider(values));
        }
    }

    /// <inheritdoc cref="ProvideValues(string, Func{CancellationToken, ValueTask{IEnumerable{Candidate}}})"/>
    public void ProvideValues(string name, Func<IEnumerable<Candidate>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ProvideValues(name, _ => ValueTask.FromResult(values()));
    }

    /// <summary>Gets a command by its name or an alias; null if there is none.</summary>
    public Command? Find(string name) => Volatile.Read(ref _names).GetValueOrDefault(name);

    internal ValueProvider? FindValues(string name) => Volatile.Read(ref _values).GetValueOrDefault(name);

    /// <summary>Reads the name of a command, of as many words as belong to it.</summary>
    /// <param name="reader">Stands at the name; afterwards, behind it.</param>
    /// <param name="name">The words that were read: a command, or the beginning of some, or one unknown word.</param>
    internal Command? ReadName(LineReader reader, out string name)
    {
        var names = Names;
        name = "";
        while (reader.Peek() is { } word)
        {
            var longer = name.Length == 0 ? word.Text : $"{name} {word.Text}";
            if (name.Length > 0 && !names.ContainsKey(longer) && !IsPrefix(names, longer))
            {
                break;
            }

            name = longer;
            reader.TryRead(out _);
        }

        return names.GetValueOrDefault(name);
    }

    /// <summary>The commands whose names go on after some words.</summary>
    internal IReadOnlyList<Command> Below(string words) =>
        [.. Commands.Where(c => c.Name.StartsWith($"{words} ", StringComparison.OrdinalIgnoreCase))];

    private static bool IsPrefix(ImmutableSortedDictionary<string, Command> names, string words) =>
        names.Keys.Any(name => name.Length > words.Length && name[words.Length] == ' ' && name.StartsWith(words, StringComparison.OrdinalIgnoreCase));

    private static Command Make(
        MethodInfo method, object? target, string name, string description, string group, string[] aliases, ImmutableArray<CommandExample> examples, bool isLocal)
    {
        CommandSignature signature;
        try
        {
            signature = CommandSignature.Of(method);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"/{name}: {e.Message}", e);
        }

        return new(name, description, signature.Given, (given, context, cancellationToken) =>
        {
            var returned = method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, signature.Arrange(given, context, cancellationToken), null);

            // A method that promises a mere Task may return one with a result, which is nobody's business.
            return method.ReturnType == typeof(Task) && returned is Task task ? WithoutResultAsync(task) : returned;
        })
        {
            Group = group,
            Aliases = [.. aliases],
            Examples = examples,
            IsLocal = isLocal,
            Target = target,
            TargetType = method.DeclaringType,
        };
    }

    private static async Task WithoutResultAsync(Task task) => await task;

    private static void CheckName(string name)
    {
        if (string.IsNullOrEmpty(name)
            || !name.Split(' ').All(word => word.Length > 0 && char.IsAsciiLetterOrDigit(word[0]) && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
        {
            throw new ArgumentException($"\"{name}\" is no name for a command: words of letters, digits and dashes, separated by one space.", nameof(name));
        }
    }

    private void RegisterFrom(Type type, object? target)
    {
        const BindingFlags Methods =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        var group = type.GetCustomAttribute<CommandGroupAttribute>();
        var found = new List<Command>();
        var groups = new List<CommandGroupAttribute>();
        foreach (var method in type.GetMethods(Methods))
        {
            if (method.GetCustomAttribute<CommandAttribute>() is not { } command)
            {
                continue;
            }

            if (!method.IsStatic && target is null)
            {
                throw new ArgumentException($"/{command.Name} needs an object: {type.Name}.{method.Name} is not static.");
            }

            var own = method.GetCustomAttribute<CommandGroupAttribute>() ?? group;
            if (own is not null)
            {
                groups.Add(own);
            }

            var examples = method.GetCustomAttributes<ExampleAttribute>().Select(e => new CommandExample(e.Line, e.Description));
            found.Add(Make(method, method.IsStatic ? null : target, command.Name, command.Description,
                own?.Name ?? DefaultGroup, command.Aliases, [.. examples], command.IsLocal));
        }

        if (found.Count == 0)
        {
            throw new ArgumentException($"{type.Name} has no methods with [Command] that could be called.");
        }

        Add([.. found]);
        foreach (var described in groups.Where(g => g.Description.Length > 0))
        {
            DescribeGroup(described.Name, described.Description);
        }
    }

    private Command Add(params ReadOnlySpan<Command> commands)
    {
        lock (_gate)
        {
            var names = _names.ToBuilder();
            foreach (var command in commands)
            {
                foreach (var name in (ReadOnlySpan<string>)[command.Name, .. command.Aliases])
                {
                    CheckName(name);
                    if (!names.TryAdd(name, command))
                    {
                        throw new ArgumentException($"The name \"{name}\" is taken by /{names[name].Name} ({names[name].Description}).");
                    }
                }
            }

            Volatile.Write(ref _names, names.ToImmutable());
        }

        return commands[0];
    }
}
