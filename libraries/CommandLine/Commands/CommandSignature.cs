using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace ChittyChat.CommandLine;

/// <summary>The parameters of a method, sorted into those that a line gives and those that the interpreter gives.</summary>
internal sealed class CommandSignature
{
    private readonly ParameterInfo[] _all;
    private readonly int[] _source;

    private CommandSignature(ParameterInfo[] all, int[] source, ImmutableArray<CommandParameter> given)
    {
        _all = all;
        _source = source;
        Given = given;
    }

    /// <summary>What a line gives, in the method's order.</summary>
    public ImmutableArray<CommandParameter> Given { get; }

    /// <summary>Looks at a method.</summary>
    /// <exception cref="ArgumentException">No line could give such a parameter.</exception>
    public static CommandSignature Of(MethodInfo method)
    {
        var all = method.GetParameters();
        var source = new int[all.Length];
        var given = ImmutableArray.CreateBuilder<CommandParameter>();
        for (var i = 0; i < all.Length; i++)
        {
            var isInjected = all[i].ParameterType == typeof(CommandContext) || all[i].ParameterType == typeof(CancellationToken);
            source[i] = isInjected ? -1 : given.Count;
            if (!isInjected)
            {
                given.Add(Describe(all[i]));
            }
        }

        Check(given);
        return new(all, source, given.ToImmutable());
    }

    /// <summary>Puts the values that a line gave, the context and the token into the method's order.</summary>
    public object?[] Arrange(object?[] given, CommandContext context, CancellationToken cancellationToken)
    {
        var arranged = new object?[_all.Length];
        for (var i = 0; i < arranged.Length; i++)
        {
            arranged[i] = _source[i] >= 0 ? given[_source[i]]
                : _all[i].ParameterType == typeof(CommandContext) ? context
                : cancellationToken;
        }

        return arranged;
    }

    private static CommandParameter Describe(ParameterInfo parameter)
    {
        var said = parameter.GetCustomAttribute<CommandParameterAttribute>();
        var isList = parameter.IsDefined(typeof(ParamArrayAttribute));
        var kind = said switch
        {
            RestOfLineAttribute => ParameterKind.RestOfLine,
            OptionAttribute => parameter.ParameterType == typeof(bool) ? ParameterKind.Flag : ParameterKind.Option,
            _ when isList => ParameterKind.ArgumentList,
            null when parameter.ParameterType == typeof(bool) => ParameterKind.Flag,
            _ => ParameterKind.Argument,
        };
        if (kind == ParameterKind.RestOfLine && parameter.ParameterType != typeof(string))
        {
            throw new ArgumentException($"The parameter {parameter.Name} takes the rest of the line and must be a string.");
        }

        var described = new CommandParameter(said?.Name ?? Naming.Kebab(parameter.Name!), said?.Description ?? "", kind, parameter.ParameterType)
        {
            Letter = (said as OptionAttribute)?.Letter ?? '\0',
            IsRequired = kind != ParameterKind.Flag && !isList && !parameter.HasDefaultValue && said?.Default is null && !IsNullable(parameter),
            IsVerbatim = (said as RestOfLineAttribute)?.IsVerbatim ?? false,
            Completions = said?.Completions,
            Default = DefaultOf(parameter, isList),
            Range = parameter.GetCustomAttribute<RangeAttribute>(),
        };
        if (said?.Default is { } text)
        {
            described.Assume(text);
        }

        return described;
    }

    private static object? DefaultOf(ParameterInfo parameter, bool isList)
    {
        if (isList)
        {
            return Array.CreateInstance(parameter.ParameterType.GetElementType()!, 0);
        }

        var value = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        var type = Nullable.GetUnderlyingType(parameter.ParameterType);
        return value switch
        {
            // "TimeSpan timeout = default" has the default value null, and an enum's may be its number.
            null when parameter.ParameterType.IsValueType && type is null => Activator.CreateInstance(parameter.ParameterType),
            not null when (type ?? parameter.ParameterType).IsEnum => Enum.ToObject(type ?? parameter.ParameterType, value),
            _ => value,
        };
    }

    private static bool IsNullable(ParameterInfo parameter) => parameter.ParameterType.IsValueType
        ? Nullable.GetUnderlyingType(parameter.ParameterType) is not null
        : new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;

    private static void Check(IReadOnlyList<CommandParameter> given)
    {
        CommandParameter? last = null;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "json", "help", "h" };
        foreach (var parameter in given)
        {
            if (parameter.IsNamed && !(names.Add(parameter.Name) && (parameter.Letter == '\0' || names.Add(parameter.Letter.ToString()))))
            {
                throw new ArgumentException($"--{parameter.Name} (or its letter) is taken; --json, --help and -h belong to every command.");
            }

            if (parameter.IsNamed)
            {
                continue;
            }

            if (last is { Kind: not ParameterKind.Argument })
            {
                throw new ArgumentException($"Nothing can follow <{last.Name}…>, but <{parameter.Name}> does.");
            }

            if (last is { IsRequired: false } && parameter.IsRequired)
            {
                throw new ArgumentException($"<{parameter.Name}> must be given, so <{last.Name}> before it cannot be left out.");
            }

            last = parameter;
        }
    }
}
