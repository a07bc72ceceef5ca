using System.Collections.Immutable;
using System.Text;

namespace ChittyChat.TestServer.Scripts;

/// <summary>A text with variables in it: <c>$name</c> or <c>${name}</c>; <c>$$</c> is a dollar sign.</summary>
internal sealed record Template
{
    private readonly ImmutableArray<Part> _parts;

    private Template(string source, ImmutableArray<Part> parts) => (Source, _parts) = (source, parts);

    /// <summary>As written.</summary>
    public string Source { get; }

    /// <summary>The variables in it, with their places in the source.</summary>
    public IEnumerable<(string Name, int Offset)> Variables => _parts.Where(part => part.IsVariable).Select(part => (part.Text, part.Offset));

    /// <summary>A text without variables.</summary>
    public static Template Of(string text) => new(text, [new Part(text, false, 0)]);

    /// <summary>Finds the variables. A dollar sign that begins no name stands for itself.</summary>
    public static Template Parse(string source)
    {
        var parts = ImmutableArray.CreateBuilder<Part>();
        var literal = new StringBuilder();
        for (var i = 0; i < source.Length;)
        {
            if (source[i] == '$' && i + 1 < source.Length && source[i + 1] == '$')
            {
                literal.Append('$');
                i += 2;
            }
            else if (source[i] == '$' && NameAt(source, i + 1) is { Length: > 0 } name)
            {
                if (literal.Length > 0)
                {
                    parts.Add(new Part(literal.ToString(), false, i));
                    literal.Clear();
                }

                parts.Add(new Part(name, true, i));
                i += name.Length + (source[i + 1] == '{' ? 3 : 1);
            }
            else
            {
                literal.Append(source[i++]);
            }
        }

        parts.Add(new Part(literal.ToString(), false, source.Length));
        return new Template(source, parts.ToImmutable());
    }

    /// <summary>The text with the values of its variables, all of which have one.</summary>
    public string Expand(IReadOnlyDictionary<string, string> variables) =>
        string.Concat(_parts.Select(part => part.IsVariable ? variables[part.Text] : part.Text));

    public override string ToString() => Source;

    private static string NameAt(string source, int start)
    {
        var braced = start < source.Length && source[start] == '{';
        var begin = braced ? start + 1 : start;
        var end = begin;
        while (end < source.Length && (char.IsAsciiLetter(source[end]) || (end > begin && (char.IsAsciiDigit(source[end]) || source[end] == '_'))))
        {
            end++;
        }

        return !braced || (end < source.Length && source[end] == '}') ? source[begin..end] : "";
    }

    private readonly record struct Part(string Text, bool IsVariable, int Offset);
}
