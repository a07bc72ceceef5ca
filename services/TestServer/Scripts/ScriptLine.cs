using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ChittyChat.TestServer.Scripts;

/// <summary>One line of a script, read word by word. Whatever is wrong is told with its place.</summary>
internal sealed class ScriptLine
{
    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(10);

    private readonly string _text;
    private readonly int _number;
    private int _next;

    public ScriptLine(string text, int number)
    {
        (_text, _number) = (text, number);
        SkipBlanks();
    }

    /// <summary>Where the next word is.</summary>
    public Position Here => new(_number, _next + 1);

    /// <summary>Whether nothing is left but a comment.</summary>
    public bool IsAtEnd => _next >= _text.Length || _text[_next] == '#';

    /// <summary>The next word without taking it; "" at the end or before something that is not a word.</summary>
    public string Peek()
    {
        var end = _next;
        while (end < _text.Length && IsWordCharacter(_text[end]))
        {
            end++;
        }

        return _text[_next..end];
    }

    /// <summary>Whether a word and a colon come next: somebody is to execute what follows.</summary>
    public bool IsActor()
    {
        var end = _next;
        while (end < _text.Length && (IsWordCharacter(_text[end]) || _text[end] is ' ' or '\t'))
        {
            end++;
        }

        return end < _text.Length && _text[end] == ':' && Peek().Length > 0;
    }

    /// <summary>Takes the next word.</summary>
    public string Word(string expected)
    {
        var word = Peek();
        if (word.Length == 0)
        {
            throw Mistake(IsAtEnd ? $"{expected} is expected here" : $"{expected} is expected here, not '{_text[_next]}'");
        }

        Skip(word.Length);
        return word;
    }

    /// <summary>Takes the next word if it is <paramref name="word"/>.</summary>
    public bool Take(string word)
    {
        if (Peek() != word)
        {
            return false;
        }

        Skip(word.Length);
        return true;
    }

    /// <summary>Takes the next word, which has to be <paramref name="word"/>.</summary>
    public void Require(string word)
    {
        if (!Take(word))
        {
            throw Mistake(IsAtEnd ? $"'{word}' is expected here" : $"'{word}' is expected here, not '{Rest()}'{Suggestion.For(Peek(), [word])}");
        }
    }

    /// <summary>Takes a character if it comes next.</summary>
    public bool TakeCharacter(char character)
    {
        if (_next >= _text.Length || _text[_next] != character)
        {
            return false;
        }

        Skip(1);
        return true;
    }

    /// <summary>Whether a quoted text comes next.</summary>
    public bool IsQuoted => _next < _text.Length && _text[_next] == '"';

    /// <summary>Takes a text in quotes; <c>\"</c>, <c>\\</c>, <c>\n</c> and <c>\t</c> are what they are in C.</summary>
    public string Quoted(string expected)
    {
        if (!IsQuoted)
        {
            throw Mistake($"{expected} in quotes is expected here" + (IsAtEnd ? "" : $", not '{Rest()}'"));
        }

        var text = new StringBuilder();
        for (var i = _next + 1; i < _text.Length; i++)
        {
            switch (_text[i])
            {
                case '"':
                    Skip(i + 1 - _next);
                    return text.ToString();
                case '\\':
                    i++;
                    text.Append(i >= _text.Length ? throw Mistake("the quotes are not closed") : _text[i] switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        '"' or '\\' => _text[i],
                        _ => throw new MistakeException(new Position(_number, i), $"'\\{_text[i]}' is no escape; there are \\\" \\\\ \\n and \\t"),
                    });
                    break;
                default:
                    text.Append(_text[i]);
                    break;
            }
        }

        throw Mistake("the quotes are not closed");
    }

    /// <summary>Takes a regular expression between slashes.</summary>
    public (string Pattern, Regex Regex) Pattern()
    {
        var end = _next;
        if (end >= _text.Length || _text[end] != '/')
        {
            throw Mistake("a regular expression between slashes is expected here, as in /^hello [0-9]+$/");
        }

        do
        {
            end++;
        }
        while (end < _text.Length && (_text[end] != '/' || _text[end - 1] == '\\'));

        if (end >= _text.Length)
        {
            throw Mistake("the regular expression has no closing slash");
        }

        var pattern = _text[(_next + 1)..end].Replace("\\/", "/", StringComparison.Ordinal);
        try
        {
            // It takes as long as the text is long, whatever it is.
            var regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            Skip(end + 1 - _next);
            return (pattern, regex);
        }
        catch (RegexParseException e)
        {
            throw Mistake($"the regular expression is wrong: {e.Message}");
        }
        catch (NotSupportedException)
        {
            throw Mistake("the regular expression looks ahead, behind or back at what it has matched, or repeats too often; write one without");
        }
    }

    /// <summary>Takes a time such as 200ms, 1.5s or 2m.</summary>
    public TimeSpan Time()
    {
        var at = Here;
        var word = Word("a time such as 500ms, 5s or 1m");
        var (factor, unit) = word.EndsWith("ms", StringComparison.Ordinal) ? (1.0, 2)
            : word.EndsWith('s') ? (1_000.0, 1)
            : word.EndsWith('m') ? (60_000.0, 1)
            : throw new MistakeException(at, $"'{word}' is no time; write 500ms, 5s or 1m");
        if (!double.TryParse(word[..^unit], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw new MistakeException(at, $"'{word}' is no time; write 500ms, 5s or 1m");
        }

        var milliseconds = number * factor;
        return milliseconds >= 1 && milliseconds <= LongestTime.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new MistakeException(at, $"a time is from 1ms to {LongestTime.TotalMinutes:0}m, and '{word}' is not");
    }

    /// <summary>Takes a whole number.</summary>
    public int Number(string expected, int least, int most)
    {
        var at = Here;
        var word = Word(expected);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new MistakeException(at, string.Create(CultureInfo.InvariantCulture, $"{expected} from {least} to {most} is expected here, not '{word}'"));
    }

    /// <summary>All that is left, taken as it is: no comment, no quotes.</summary>
    public string Remainder()
    {
        var rest = _text[_next..].TrimEnd();
        _next = _text.Length;
        return rest;
    }

    /// <summary>Nothing more may come.</summary>
    public void End(string after)
    {
        if (!IsAtEnd)
        {
            throw Mistake($"'{Rest()}' does not belong after {after}");
        }
    }

    public MistakeException Mistake(string message) => new(Here, message);

    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '$' or '{' or '}' or '%';

    private string Rest() => Peek() is { Length: > 0 } word ? word : _text[_next..].TrimEnd();

    private void Skip(int characters)
    {
        _next += characters;
        SkipBlanks();
    }

    private void SkipBlanks()
    {
        while (_next < _text.Length && char.IsWhiteSpace(_text[_next]))
        {
            _next++;
        }
    }
}
