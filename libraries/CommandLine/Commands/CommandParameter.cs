using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ChittyChat.CommandLine;

/// <summary>How a parameter is given.</summary>
public enum ParameterKind
{
    /// <summary>By its place.</summary>
    Argument,

    /// <summary>By its place: all places from there on.</summary>
    ArgumentList,

    /// <summary>By its place: the rest of the line as one text.</summary>
    RestOfLine,

    /// <summary>By name, with a value.</summary>
    Option,

    /// <summary>By name alone.</summary>
    Flag,
}

/// <summary>One parameter of a command, as its user sees it.</summary>
public sealed class CommandParameter
{
    internal CommandParameter(string name, string description, ParameterKind kind, Type type)
    {
        Name = name;
        Description = description;
        Kind = kind;
        Type = type;
        var single = kind == ParameterKind.ArgumentList ? type.GetElementType()! : type;
        ElementType = Nullable.GetUnderlyingType(single) ?? single;
        Values = ElementType.IsEnum ? [.. ValueParser.EnumNames(ElementType)] : [];
        Parser = ValueParser.Of(ElementType)
            ?? throw new ArgumentException($"The parameter {name} is a {ElementType.Name}, which cannot be read from text: give the type IParsable<>.");
    }

    /// <summary>The name, without dashes or brackets.</summary>
    public string Name { get; }

    /// <summary>What it is; may be empty.</summary>
    public string Description { get; }

    /// <summary>How it is given.</summary>
    public ParameterKind Kind { get; }

    /// <summary>The type of the value.</summary>
    public Type Type { get; }

    /// <summary>A letter that stands for the name of an option; '\0' for none.</summary>
    public char Letter { get; internal init; }

    /// <summary>Whether it has to be given.</summary>
    public bool IsRequired { get; internal init; }

    /// <summary>What it is when it is not given, as it would be typed; empty if that says nothing.</summary>
    public string DefaultText => IsRequired || Kind == ParameterKind.ArgumentList || Default is null or false or "" ? "" : ValueParser.Format(Default);

    /// <summary>The values of an enum, as they are typed; empty for other types.</summary>
    public ImmutableArray<string> Values { get; }

    /// <summary>The range of allowed values, as "1 to 100"; empty for none.</summary>
    public string RangeText => Range is null ? "" : $"{ValueParser.Format(Minimum)} to {ValueParser.Format(Maximum)}";

    /// <summary>The parameter as usage shows it: <c>&lt;member&gt;</c>, <c>[--count &lt;count&gt;]</c>.</summary>
    public string Usage
    {
        get
        {
            var usage = Kind switch
            {
                ParameterKind.Option => $"--{Name} <{ValueName}>",
                ParameterKind.Flag => $"--{Name}",
                ParameterKind.Argument => $"<{Name}>",
                _ => $"<{Name}…>",
            };
            return IsRequired ? usage : $"[{usage}]";
        }
    }

    internal bool IsNamed => Kind is ParameterKind.Option or ParameterKind.Flag;

    internal bool IsVerbatim { get; init; }

    internal string? Completions { get; init; }

    internal object? Default { get; set; }

    internal RangeAttribute? Range { get; init; }

    internal Type ElementType { get; }

    internal ValueParser Parser { get; }

    private string ValueName => Values.Length > 0 ? "value" : ElementType == typeof(TimeSpan) ? "duration" : IsNumber ? "n" : "value";

    private bool IsNumber => Type.GetTypeCode(ElementType) is >= TypeCode.SByte and <= TypeCode.Decimal;

    private object? Minimum => Bound(Range?.Minimum);

    private object? Maximum => Bound(Range?.Maximum);

    /// <summary>Reads a value of the parameter, or says what is wrong with it.</summary>
    internal object? Read(string text)
    {
        if (!Parser.TryRead(text, out var value))
        {
            var meant = Values.Length > 0 && Suggestions.Nearest(text, Values) is { } near ? $"Did you mean {near}?" : null;
            throw new CommandException($"{Label}: \"{text}\" is not {Parser.Expected}", meant, ExitCodes.Usage);
        }

        if (Range is not null && value is IComparable comparable && (comparable.CompareTo(Minimum) < 0 || comparable.CompareTo(Maximum) > 0))
        {
            throw new CommandException($"{Label}: {text} is out of range ({RangeText})", exitCode: ExitCodes.Usage);
        }

        return value;
    }

    /// <summary>Takes a default as it would be typed.</summary>
    /// <exception cref="ArgumentException">It could not be typed.</exception>
    internal void Assume(string text)
    {
        try
        {
            Default = Read(text);
        }
        catch (CommandException e)
        {
            throw new ArgumentException($"the default of {Label} is none: {e.Message[(Label.Length + 2)..]}", e);
        }
    }

    internal string Label => IsNamed ? $"--{Name}" : $"<{Name}>";

    // [Range(1, 5)] holds numbers of its own type; [Range(typeof(TimeSpan), "1s", "5m")] holds texts.
    private object? Bound(object? bound)
    {
        return bound switch
        {
            null => null,
            string text => Parser.TryRead(text, out var value) ? value : throw new ArgumentException($"{Label}: the bound \"{text}\" is not {Parser.Expected}."),
            _ => Convert.ChangeType(bound, ElementType, CultureInfo.InvariantCulture),
        };
    }
}
