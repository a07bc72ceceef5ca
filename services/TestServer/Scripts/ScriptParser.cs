using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ChittyChat.TestServer.Scripts;

/// <summary>Turns the text of a script into steps; finds every mistake in it, and says where it is and what would be right. The language: docs/testing.md.</summary>
internal sealed partial class ScriptParser
{
    /// <summary>How often a block can be repeated.</summary>
    public const int MostRepeats = 10_000;

    private const int MostPeers = 64;
    private const int DeepestBlock = 16;

    private static readonly string[] HeaderWords = ["scenario", "peers", "later", "services", "timeout"];

    private static readonly string[] StepWords =
        ["set", "parallel", "repeat", "end", "barrier", "crash", "stop", "continue", "leave", "restart", "start", "cut", "delay", "drop", "heal", "sleep", "expect"];

    // Words of the grammar that stand where a name could.
    private static readonly string[] Reserved =
    [
        "all", "from", "to", "see", "sees", "never", "members", "consider", "considers", "agree", "on", "with", "without", "count", "at", "least", "within", "timeout",
        "same-ports", "jitter", "joined", "left", "before", "containing", "matching", "fail", "output", "bootstrap", "registry", "redis", .. HeaderWords, .. StepWords,
    ];

    private readonly List<ScriptProblem> _problems = [];
    private readonly Stack<OpenBlock> _blocks = new();
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);
    private readonly List<string> _peers = [];
    private readonly List<string> _later = [];
    private readonly List<ServiceKind> _services = [];
    private readonly IReadOnlyCollection<string> _given;
    private string? _scenario;
    private string _teaches = "";
    private TimeSpan? _timeout;

    private ScriptParser(IReadOnlyCollection<string> given) => _given = given;

    /// <summary>Parses a script.</summary>
    /// <param name="file">What it is called in messages.</param>
    /// <param name="text">The script.</param>
    /// <param name="given">The names of variables that are given from outside; each has to be set in the script, too.</param>
    /// <exception cref="ScriptException">It has mistakes.</exception>
    public static Script Parse(string file, string text, IReadOnlyCollection<string>? given = null)
    {
        var parser = new ScriptParser(given ?? []);
        var script = parser.Read(text);
        return parser._problems.Count == 0
            ? script
            : throw new ScriptException(file, [.. parser._problems.OrderBy(problem => problem.At.Line).ThenBy(problem => problem.At.Column)]);
    }

    /// <summary>Whether a text says how often to repeat something.</summary>
    public static bool IsCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= MostRepeats;

    private Script Read(string text)
    {
        var root = new OpenBlock(new Position(1, 1), "", (_, steps) => new ParallelStep(default, "", steps));
        _blocks.Push(root);
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = new ScriptLine(lines[i], i + 1);
            if (line.IsAtEnd)
            {
                continue;
            }

            try
            {
                ReadLine(line, lines[i].Trim());
            }
            catch (MistakeException mistake)
            {
                _problems.Add(mistake.Problem);
            }
        }

        foreach (var open in _blocks.Where(block => block != root))
        {
            _problems.Add(new ScriptProblem(open.At, $"'{open.Keyword}' has no 'end'"));
        }

        if (_scenario is null)
        {
            _problems.Add(new ScriptProblem(new Position(1, 1), "a script begins with: scenario \"its title\": \"what it teaches\""));
        }
        else if (_peers.Count == 0)
        {
            _problems.Add(new ScriptProblem(new Position(1, 1), "nobody takes part; name the peers: peers alice bob"));
        }

        foreach (var unknown in _given.Where(name => !_variables.Contains(name)))
        {
            _problems.Add(new ScriptProblem(new Position(1, 1), $"a value is given for '{unknown}', which the script does not set{Suggestion.For(unknown, _variables)}"));
        }

        return new Script(
            _scenario ?? "", _teaches, [.. _peers], [.. _later], [.. _services.Distinct().Order()], _timeout ?? Script.DefaultTimeout, root.Steps.ToImmutable());
    }

    private void ReadLine(ScriptLine line, string source)
    {
        var at = line.Here;
        if (line.Peek() != "expect" && line.IsActor())
        {
            Add(ReadAct(line, at, source, new Answer.Success()));
            return;
        }

        var word = line.Word("a step");
        if (Array.IndexOf(HeaderWords, word) >= 0)
        {
            if (_blocks.Count > 1 || _blocks.Peek().Steps.Count > 0)
            {
                throw new MistakeException(at, $"'{word}' belongs before the first step");
            }

            ReadHeader(line, word, at);
            return;
        }

        switch (word)
        {
            case "parallel":
                Open(at, word, (open, steps) => new ParallelStep(open, source, steps));
                line.End("'parallel'");
                break;
            case "repeat":
                OpenRepeat(line, at, source);
                break;
            case "end":
                line.End("'end'");
                Close(at);
                break;
            case "set" when _blocks.Any(block => block.Keyword == "parallel"):
                throw new MistakeException(at, "in a parallel block a variable would have no certain value; set it before");
            default:
                Add(ReadStep(line, word, at, source));
                break;
        }
    }

    private void ReadHeader(ScriptLine line, string word, Position at)
    {
        switch (word)
        {
            case "scenario":
                if (_scenario is not null)
                {
                    throw new MistakeException(at, "there is one scenario in a script");
                }

                _scenario = line.Quoted("the scenario's title");
                _teaches = line.TakeCharacter(':') ? line.Quoted("what it teaches,") : "";
                break;
            case "peers":
                Declare(line, _peers);
                break;
            case "later":
                Declare(line, _later);
                break;
            case "services":
                while (!line.IsAtEnd)
                {
                    _services.Add(ReadService(line));
                }

                break;
            default:
                _timeout = line.Time();
                break;
        }

        line.End($"the {word}");
    }

    private void Declare(ScriptLine line, List<string> into)
    {
        do
        {
            var at = line.Here;
            foreach (var name in Expand(line.Word("a peer's name"), at))
            {
                if (name.Length > 32 || !NameFormat().IsMatch(name))
                {
                    throw new MistakeException(at, $"'{name}' is no name for a peer: 1 to 32 of the letters A-Z and a-z, digits, '-', '_' and '.'");
                }

                if (Array.IndexOf(Reserved, name) >= 0)
                {
                    throw new MistakeException(at, $"a peer cannot be called '{name}', which is a word of the language");
                }

                if (_peers.Contains(name) || _later.Contains(name))
                {
                    throw new MistakeException(at, $"there is a peer '{name}' already");
                }

                into.Add(name);
            }
        }
        while (!line.IsAtEnd);

        if (_peers.Count + _later.Count > MostPeers)
        {
            throw line.Mistake($"at most {MostPeers} peers can take part");
        }
    }

    // p1..p20 stands for twenty names.
    private static IEnumerable<string> Expand(string word, Position at)
    {
        if (Range().Match(word) is not { Success: true } range)
        {
            return [word];
        }

        var (first, last) = (int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(range.Groups[4].Value, CultureInfo.InvariantCulture));
        return range.Groups[1].Value != range.Groups[3].Value ? throw new MistakeException(at, $"'{word}': both ends of a range have the same letters, as in p1..p20")
            : last < first || last - first >= MostPeers ? throw new MistakeException(at, $"'{word}': a range goes upwards, over at most {MostPeers} names")
            : Enumerable.Range(first, last - first + 1).Select(number => string.Create(CultureInfo.InvariantCulture, $"{range.Groups[1].Value}{number}"));
    }

    private void OpenRepeat(ScriptLine line, Position at, string source)
    {
        // Open before anything can be wrong with the line, so that a mistake in it leaves no 'end' without its block.
        var count = Template.Of("1");
        var variable = "i";
        var block = Open(at, "repeat", (open, steps) => new RepeatStep(open, source, count, variable, steps));
        block.Declare(_variables, variable);
        var countAt = line.Here;
        count = ReadTemplate(line.Word("how often"), countAt);
        if (!count.Variables.Any() && !IsCount(count.Source, out _))
        {
            throw new MistakeException(countAt, $"a number from 1 to {MostRepeats} is expected here, or a variable that has one, not '{count.Source}'");
        }

        if (line.Take("as"))
        {
            block.Withdraw(_variables);
            variable = ReadVariable(line);
            block.Declare(_variables, variable);
        }

        line.End("the count");
    }

    private OpenBlock Open(Position at, string keyword, Func<Position, ImmutableArray<Step>, Step> close)
    {
        if (_blocks.Count > DeepestBlock)
        {
            _problems.Add(new ScriptProblem(at, $"blocks can be {DeepestBlock} deep"));
        }

        var block = new OpenBlock(at, keyword, close);
        _blocks.Push(block);
        return block;
    }

    private void Close(Position at)
    {
        if (_blocks.Count == 1)
        {
            throw new MistakeException(at, "'end' without 'parallel' or 'repeat'");
        }

        var block = _blocks.Pop();
        block.Withdraw(_variables);
        // Steps with mistakes are none; whoever has some is told of those.
        if (block.Steps.Count == 0 && !_problems.Any(problem => problem.At.Line >= block.At.Line))
        {
            throw new MistakeException(block.At, $"'{block.Keyword}' has no steps");
        }

        Add(block.Close());
    }

    private void Add(Step step) => _blocks.Peek().Steps.Add(step);

    private Template ReadTemplate(string text, Position at)
    {
        var template = Template.Parse(text);
        foreach (var (name, offset) in template.Variables)
        {
            if (!_variables.Contains(name))
            {
                throw new MistakeException(
                    at with { Column = at.Column + offset }, $"'${name}' has no value here{Suggestion.For(name, _variables)}; set it before, or write $$ for a dollar sign");
            }
        }

        return template;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameFormat();

    [GeneratedRegex(@"^(.*?)([0-9]{1,4})\.\.(.*?)([0-9]{1,4})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Range();

    private sealed class OpenBlock(Position at, string keyword, Func<Position, ImmutableArray<Step>, Step> close)
    {
        private string? _variable;

        public Position At => at;

        public string Keyword => keyword;

        public ImmutableArray<Step>.Builder Steps { get; } = ImmutableArray.CreateBuilder<Step>();

        public Step Close() => close(at, Steps.ToImmutable());

        /// <summary>The block's own variable, unless there is one of that name outside of it.</summary>
        public void Declare(HashSet<string> variables, string name) => _variable = variables.Add(name) ? name : null;

        public void Withdraw(HashSet<string> variables)
        {
            if (_variable is not null)
            {
                variables.Remove(_variable);
            }
        }
    }
}
