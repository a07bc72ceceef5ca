using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace ChittyChat.TestServer.Scripts;

/// <summary>What peers do, and what is done to them.</summary>
internal sealed partial class ScriptParser
{
    private Step ReadStep(ScriptLine line, string word, Position at, string source)
    {
        var step = word switch
        {
            "set" => ReadSet(line, at, source),
            "barrier" => new BarrierStep(at, source, ReadPeers(line, "timeout"), line.Take("timeout") ? line.Time() : null),
            "crash" => ReadProcess(line, ProcessAction.Crash, at, source),
            "stop" => ReadProcess(line, ProcessAction.Stop, at, source),
            "continue" => ReadProcess(line, ProcessAction.Continue, at, source),
            "leave" => ReadProcess(line, ProcessAction.Leave, at, source),
            "restart" => ReadProcess(line, ProcessAction.Restart, at, source),
            "start" => ReadProcess(line, ProcessAction.Start, at, source),
            "cut" => ReadLink(line, LinkAction.Cut, "from", at, source),
            "delay" => ReadLink(line, LinkAction.Delay, "to", at, source),
            "drop" => ReadLink(line, LinkAction.Drop, "to", at, source),
            "heal" => new LinkStep(at, source, LinkAction.Heal, line.IsAtEnd ? PeerSet.All : ReadPeers(line), PeerSet.All, ""),
            "sleep" => new SleepStep(at, source, line.Time()),
            "expect" => ReadExpect(line, at, source),
            "wait" => throw new MistakeException(at, "'wait' is no step; expectations wait by themselves, and 'sleep 5s' lets time pass"),
            "kill" => throw new MistakeException(at, "'kill' is no step; peers and services 'crash'"),
            "for" or "loop" or "while" => throw new MistakeException(at, $"'{word}' is no step; loops are: repeat 3 … end"),
            _ => throw new MistakeException(at, $"'{word}' is no step{Suggestion.For(word, [.. StepWords, .. HeaderWords]) switch
            {
                "" when IsPeer(word) => $", but a peer; what it executes comes after a colon: {word}: hello",
                "" => "; a line for a peer to execute begins with its name and a colon",
                var suggestion => suggestion,
            }}"),
        };
        line.End($"this '{word}'");
        return step;
    }

    private SetStep ReadSet(ScriptLine line, Position at, string source)
    {
        var name = ReadVariable(line);
        var valueAt = line.Here;
        var value = line.IsQuoted ? ReadText(line, "the value") : ReadTemplate(line.Word("the value"), valueAt);
        _variables.Add(name);
        return new SetStep(at, source, name, value);
    }

    private static string ReadVariable(ScriptLine line)
    {
        var at = line.Here;
        var name = line.Word("the variable's name");
        return VariableFormat().IsMatch(name)
            ? name
            : throw new MistakeException(at, $"'{name}' is no name for a variable: a letter, then letters, digits and '_'");
    }

    private ActStep ReadAct(ScriptLine line, Position at, string source, Answer answer)
    {
        var peers = ReadPeers(line);
        if (!line.TakeCharacter(':'))
        {
            throw line.Mistake("a colon and what to execute is expected here, as in alice: hello");
        }

        var lineAt = line.Here;
        var text = line.Remainder();
        return text.Length > 0
            ? new ActStep(at, source, peers, ReadTemplate(text, lineAt), answer)
            : throw new MistakeException(lineAt, "what to execute is missing: a text to publish, or a command such as /members");
    }

    private ProcessStep ReadProcess(ScriptLine line, ProcessAction action, Position at, string source)
    {
        if (!Enum.TryParse<ServiceKind>(line.Peek(), ignoreCase: true, out _) || char.IsAsciiDigit(line.Peek()[0]))
        {
            return new ProcessStep(at, source, action, ReadPeers(line, "same-ports"), [], action is ProcessAction.Start or ProcessAction.Restart && line.Take("same-ports"));
        }

        var services = ImmutableArray.CreateBuilder<ServiceKind>();
        while (!line.IsAtEnd)
        {
            var serviceAt = line.Here;
            var service = ReadService(line);
            services.Add(
                action == ProcessAction.Leave ? throw new MistakeException(at, "peers leave; services crash, stop, continue, start and restart")
                : _services.Contains(service) ? service
                : throw new MistakeException(serviceAt, $"this scenario has no {service.ToString().ToLowerInvariant()}; declare it at the top: services {service.ToString().ToLowerInvariant()}"));
        }

        return new ProcessStep(at, source, action, null, services.ToImmutable(), false);
    }

    private LinkStep ReadLink(ScriptLine line, LinkAction action, string preposition, Position at, string source)
    {
        var peers = ReadPeers(line, "from", "to");
        if (action == LinkAction.Cut && line.Take("to"))
        {
            action = LinkAction.CutOneWay;
        }
        else
        {
            line.Require(preposition);
        }

        var others = ReadOthers(line);
        if (!others.IsAll && others.Names.FirstOrDefault(name => peers.IsAll || peers.Names.Contains(name)) is { } both)
        {
            throw new MistakeException(at, $"'{both}' stands on both sides");
        }

        return new LinkStep(at, source, action, peers, others, action switch
        {
            LinkAction.Delay => ReadDelay(line),
            LinkAction.Drop => ReadPercent(line),
            _ => "",
        });
    }

    // Names, until something that can be no name: a time or a percentage begins with a digit.
    private PeerSet ReadOthers(ScriptLine line)
    {
        if (line.Take("all"))
        {
            return PeerSet.All;
        }

        var names = ImmutableArray.CreateBuilder<string>();
        while (!line.IsAtEnd && (names.Count == 0 || IsPeer(line.Peek()) || !char.IsAsciiDigit(line.Peek().FirstOrDefault('x'))))
        {
            names.AddRange(ReadPeer(line));
        }

        return names.Count > 0 ? new PeerSet(names.ToImmutable()) : throw line.Mistake("a peer's name, or 'all', is expected here");
    }

    private static string ReadDelay(ScriptLine line)
    {
        var delay = Milliseconds(line.Time());
        return line.Take("jitter") ? $"{delay} --jitter {Milliseconds(line.Time())}" : delay;
    }

    private static string Milliseconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalMilliseconds:0}ms");

    private static string ReadPercent(ScriptLine line)
    {
        var at = line.Here;
        var word = line.Word("a percentage such as 30%");
        return word.EndsWith('%') && int.TryParse(word[..^1], out var percent) && percent is >= 1 and <= 100
            ? FormattableString.Invariant($"{percent}")
            : throw new MistakeException(at, $"a percentage from 1% to 100% is expected here, not '{word}'");
    }

    private static ServiceKind ReadService(ScriptLine line)
    {
        var at = line.Here;
        var word = line.Word("a service");
        return word switch
        {
            "bootstrap" => ServiceKind.Bootstrap,
            "registry" => ServiceKind.Registry,
            "redis" => ServiceKind.Redis,
            _ => throw new MistakeException(at, $"'{word}' is no service; there are bootstrap, registry and redis"),
        };
    }

    /// <summary>Names up to the end, a colon, or one of the words.</summary>
    private PeerSet ReadPeers(ScriptLine line, params string[] until)
    {
        if (line.Take("all"))
        {
            return PeerSet.All;
        }

        var names = ImmutableArray.CreateBuilder<string>();
        while (names.Count == 0 || (line.Peek().Length > 0 && Array.IndexOf(until, line.Peek()) < 0))
        {
            names.AddRange(ReadPeer(line));
        }

        return new PeerSet(names.ToImmutable());
    }

    private string[] ReadPeer(ScriptLine line)
    {
        var at = line.Here;
        var word = line.Word("a peer's name");
        var names = Expand(word, at).ToArray();
        foreach (var name in names)
        {
            if (!IsPeer(name))
            {
                string[] known = [.. _peers, .. _later];
                throw new MistakeException(at, known.Length == 0
                    ? $"'{name}' is no peer of this scenario; name those who take part first: peers {name}"
                    : $"'{name}' is no peer of this scenario{(Suggestion.For(name, [.. known, .. Reserved]) is { Length: > 0 } suggestion ? suggestion : "; there are " + string.Join(", ", known))}");
            }
        }

        return names;
    }

    private bool IsPeer(string name) => _peers.Contains(name) || _later.Contains(name);

    private Template ReadText(ScriptLine line, string expected)
    {
        var at = line.Here;
        return ReadTemplate(line.Quoted(expected), at with { Column = at.Column + 1 });
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariableFormat();
}
