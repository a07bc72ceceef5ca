using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Reflection;

namespace ChittyChat.CommandLine;

/// <summary>Turns the text of an argument into a value of the parameter's type, and back for help.</summary>
internal sealed class ValueParser
{
    private static readonly ConcurrentDictionary<Type, ValueParser?> Known = new();

    private readonly TryParse _parse;

    private ValueParser(string expected, TryParse parse)
    {
        Expected = expected;
        _parse = parse;
    }

    private delegate bool TryParse(string text, out object? value);

    /// <summary>What the text has to be, as a noun: "a whole number".</summary>
    public string Expected { get; }

    /// <summary>Gets the parser of a type; null if there is none.</summary>
    public static ValueParser? Of(Type type) => Known.GetOrAdd(Nullable.GetUnderlyingType(type) ?? type, Make);

    /// <summary>The names of an enum as they are typed: "half-open".</summary>
    public static string[] EnumNames(Type type) => [.. Enum.GetNames(type).Select(Naming.Kebab)];

    /// <summary>A value as it would be typed.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "on" : "off",
        TimeSpan duration => Durations.Format(duration),
        Enum name => Naming.Kebab(name.ToString()),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Reads a value; false if the text is not what is expected.</summary>
    public bool TryRead(string text, out object? value) => _parse(text, out value);

    private static ValueParser? Make(Type type)
    {
        if (type == typeof(string))
        {
            return new("a text", (string text, out object? value) => (value = text) is not null);
        }

        if (type == typeof(bool))
        {
            return new("on or off", (string text, out object? value) => (value = text.ToLowerInvariant() switch
            {
                "on" or "true" or "yes" => true,
                "off" or "false" or "no" => false,
                _ => null,
            }) is not null);
        }

        if (type == typeof(TimeSpan))
        {
            return new("a duration such as 200ms, 5s or 2m", (string text, out object? value) =>
                (value = Durations.TryParse(text, out var duration) ? duration : null) is not null);
        }

        if (type == typeof(Uri))
        {
            return new("an address such as http://127.0.0.1:5000", (string text, out object? value) =>
                (value = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null) is not null);
        }

        if (type == typeof(IPEndPoint))
        {
            // Without a port IPEndPoint.TryParse takes port 0, which nobody means.
            return new("an address and port such as 127.0.0.1:7946", (string text, out object? value) =>
                (value = IPEndPoint.TryParse(text, out var end) && end.Port != 0 ? end : null) is not null);
        }

        if (type == typeof(FileInfo) || type == typeof(DirectoryInfo))
        {
            return new("a path", (string text, out object? value) =>
            {
                var path = HomePath.Expand(text);
                return (value = path.Length == 0 ? null : type == typeof(FileInfo) ? new FileInfo(path) : new DirectoryInfo(path)) is not null;
            });
        }

        return type.IsEnum ? MakeEnum(type) : MakeParsable(type);
    }

    private static ValueParser MakeEnum(Type type)
    {
        var names = EnumNames(type);
        return new($"one of {string.Join(", ", names)}", (string text, out object? value) =>
        {
            var at = Array.FindIndex(names, name => Naming.Same(name, text));
            value = at < 0 ? null : Enum.Parse(type, Enum.GetNames(type)[at]);
            return at >= 0;
        });
    }

    private static ValueParser? MakeParsable(Type type)
    {
        var parsable = Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>));
        if (!parsable)
        {
            return null;
        }

        var expected = Type.GetTypeCode(type) switch
        {
            TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 => "a whole number, 0 or more",
            TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "a number",
            TypeCode.DateTime => "a date and time",
            _ when type == typeof(DateTimeOffset) => "a date and time",
            _ when type == typeof(IPAddress) => "an IP address",
            _ => Naming.WithArticle(Naming.Words(type.Name)),
        };
        var parse = typeof(ValueParser).GetMethod(nameof(ParseAs), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).CreateDelegate<TryParse>();
        return new(expected, parse);
    }

    private static bool ParseAs<T>(string text, out object? value)
        where T : IParsable<T>
    {
        var parsed = T.TryParse(text, CultureInfo.InvariantCulture, out var result);
        value = parsed ? result : null;
        return parsed;
    }
}
