using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ChittyChat.CommandLine;

/// <summary>
/// Results as text: a collection of records as an aligned table, a record as a list of names and values, anything else as it says it reads.
/// <see cref="DisplayNameAttribute"/> renames a property, <see cref="BrowsableAttribute"/> hides it; both leave JSON alone.
/// </summary>
internal static class ResultText
{
    private static readonly ConcurrentDictionary<Type, ImmutableArray<Column>> Columns = new();

    /// <summary>Gives the lines of a result.</summary>
    public static IEnumerable<StyledText> Lines(object result, int? width)
    {
        switch (result)
        {
            case StyledText line:
                return [line];
            case string text:
                return text.TrimEnd('\r', '\n').Split('\n').Select(line => new StyledText(line.TrimEnd('\r')));
            case IDictionary dictionary:
                return Pairs([.. Entries(dictionary).Select(entry => (Cell(entry.Key).ToString(), entry.Value))], width);
            case IEnumerable items:
                return ListLines([.. items.Cast<object?>()], width);
            default:
                return IsScalar(result.GetType())
                    ? [Cell(result)]
                    : Pairs([.. ColumnsOf(result.GetType()).Select(column => (column.Title, column.Get(result)))], width);
        }
    }

    /// <summary>Gives an item of a stream as one line: its values, two spaces apart, and before numbers and durations what they are.</summary>
    public static StyledText OneLine(object item)
    {
        if (item is StyledText || IsScalar(item.GetType()))
        {
            return Cell(item);
        }

        var runs = ImmutableArray.CreateBuilder<StyledRun>();
        foreach (var column in ColumnsOf(item.GetType()))
        {
            var value = column.Get(item);
            var cell = Cell(value);
            if (cell.Runs.Any(run => run.Text.Length > 0))
            {
                if (runs.Count > 0)
                {
                    runs.Add(new("  "));
                }

                if (value is TimeSpan or (IConvertible and not (string or bool or Enum)))
                {
                    runs.Add(new($"{column.Title} ", Meaning.Muted));
                }

                runs.AddRange(cell.Runs);
            }
        }

        return new(runs.ToImmutable());
    }

    private static IEnumerable<DictionaryEntry> Entries(IDictionary dictionary)
    {
        var entries = dictionary.GetEnumerator();
        while (entries.MoveNext())
        {
            yield return entries.Entry;
        }
    }

    private static IEnumerable<StyledText> ListLines(List<object?> items, int? width)
    {
        if (items.Count == 0)
        {
            return [new StyledText("(none)", Meaning.Muted)];
        }

        var first = items.Find(item => item is not null)?.GetType();
        if (first is null || IsScalar(first) || items.Exists(item => item?.GetType() != first))
        {
            return items.Select(item => item is null ? Cell(null) : OneLine(item));
        }

        // In a narrow terminal, what nobody has is left out first; where there is no room for a table, each record is a list.
        var all = ColumnsOf(first);
        ImmutableArray<Column> some = [.. all.Where(column => items.Exists(item => !IsBlank(Cell(column.Get(item!)))))];
        return Table(all, items, width) ?? Table(some, items, width) ?? items.SelectMany(item => Record(some, item!, width));
    }

    private static IEnumerable<StyledText>? Table(ImmutableArray<Column> columns, List<object?> items, int? width) => columns.IsEmpty ? null : TableLayout.Lines(
        [.. columns.Select(column => new TableColumnTitle(column.Title, column.IsNumeric))],
        [.. items.Select(item => (IReadOnlyList<StyledText>)[.. columns.Select(column => Cell(column.Get(item!)))])],
        width);

    // What it is called, and below that what else there is to say about it.
    private static IEnumerable<StyledText> Record(ImmutableArray<Column> columns, object item, int? width)
    {
        var said = columns.Select(column => (column.Title, Value: column.Get(item))).Where(pair => !IsBlank(Cell(pair.Value))).ToList();
        return said.Count == 0 ? [] : Pairs(said[1..], width - 2).Select(line => new StyledText([new("  "), .. line.Runs])).Prepend(Cell(said[0].Value));
    }

    private static bool IsBlank(StyledText cell) => cell.Runs.All(run => string.IsNullOrWhiteSpace(run.Text));

    private static IEnumerable<StyledText> Pairs(List<(string Name, object? Value)> pairs, int? width)
    {
        var flat = pairs.Where(pair => !IsNested(pair.Value)).Select(pair => (pair.Name, Value: Cell(pair.Value))).ToList();
        var lines = flat.Count == 0 ? [] : TableLayout.Lines(
            [new(""), new("")],
            [.. flat.Select(pair => (IReadOnlyList<StyledText>)[new StyledText(pair.Name, Meaning.Muted), pair.Value])],
            width,
            showHeader: false) ?? flat.Select(pair => new StyledText([new($"{pair.Name}: ", Meaning.Muted), .. pair.Value.Runs]));
        foreach (var (name, value) in pairs.Where(pair => IsNested(pair.Value)))
        {
            lines = lines.Append(new StyledText(name, Meaning.Muted))
                .Concat(Lines(value!, width - 2).Select(line => new StyledText([new("  "), .. line.Runs])));
        }

        return lines;
    }

    // Something that needs lines of its own: a record, or a list of records.
    private static bool IsNested(object? value) => value switch
    {
        null or string or StyledText => false,
        IDictionary dictionary => dictionary.Count > 0,
        IEnumerable items => items.Cast<object?>().FirstOrDefault() is { } first && !IsScalar(first.GetType()),
        _ => !IsScalar(value.GetType()),
    };

    private static StyledText Cell(object? value) => value switch
    {
        null => "",
        StyledText styled => styled,
        string text => text,
        bool flag => flag ? "yes" : "no",
        TimeSpan duration => Durations.Round(duration),
        double or float => string.Create(CultureInfo.InvariantCulture, $"{value:0.###}"),
        DateTimeOffset time => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss.fff zzz}"),
        Enum name => ValueParser.Format(name),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(", ", items.Cast<object?>().Select(item => Cell(item).ToString())),
        _ => IsScalar(value.GetType()) ? value.ToString() ?? "" : OneLine(value),
    };

    // A type that says itself how it reads: not one whose ToString the compiler wrote, as that of records.
    private static bool IsScalar(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || typeof(IFormattable).IsAssignableFrom(type) || type == typeof(StyledText))
        {
            return true;
        }

        if (type.IsDefined(typeof(CompilerGeneratedAttribute)) || typeof(IEnumerable).IsAssignableFrom(type))
        {
            return false;
        }

        var text = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;
        return ColumnsOf(type).Length == 0
            || (text.DeclaringType != typeof(object) && text.DeclaringType != typeof(ValueType) && !text.IsDefined(typeof(CompilerGeneratedAttribute)));
    }

    private static ImmutableArray<Column> ColumnsOf(Type type) => Columns.GetOrAdd(type, static type =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.GetIndexParameters().Length == 0 && p.GetCustomAttribute<BrowsableAttribute>()?.Browsable != false)
            .Select(p => new Column(p))]);

    private sealed class Column(PropertyInfo property)
    {
        public string Title { get; } = property.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName ?? Naming.Words(property.Name);

        public bool IsNumeric { get; } = IsNumber(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

        public object? Get(object item) => property.GetValue(item);

        private static bool IsNumber(Type type) => type == typeof(TimeSpan)
            || (!type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal);
    }
}
