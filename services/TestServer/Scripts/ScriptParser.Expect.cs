using System.Collections.Immutable;

namespace ChittyChat.TestServer.Scripts;

/// <summary>What has to come true.</summary>
internal sealed partial class ScriptParser
{
    private const int MostSightings = 100_000;

    private static readonly string[] Verbs = ["sees", "see", "never", "members", "considers", "consider", "agree"];

    private Step ReadExpect(ScriptLine line, Position at, string source)
    {
        if (line.Take("fail"))
        {
            return ReadAct(line, at, source, new Answer.Failure(line.IsActor() ? null : ReadMatch(line)));
        }

        if (line.Take("output"))
        {
            return ReadAct(line, at, source, new Answer.Output(ReadMatch(line)));
        }

        var peers = ReadPeers(line, Verbs);
        var verbAt = line.Here;
        var verb = line.Word("what is expected: sees, never sees, members, considers or agree on");
        var expectation = verb switch
        {
            "sees" or "see" => ReadSees(line),
            "never" => ReadNever(line),
            "members" => ReadMembers(line),
            "considers" or "consider" => ReadConsiders(line),
            "agree" => ReadAgree(line, peers, at),
            _ => throw new MistakeException(verbAt, $"'{verb}' cannot be expected{Suggestion.For(verb, Verbs)}"),
        };
        TimeSpan? within = line.Take("within") ? line.Time() : null;
        return expectation is not Expectation.NeverSees || within is not null
            ? new ExpectStep(at, source, peers, expectation, within)
            : throw line.Mistake("how long to watch is missing: within 2s");
    }

    private Expectation ReadSees(ScriptLine line)
    {
        var text = ReadMatch(line);
        if (line.Take("before"))
        {
            return new Expectation.SeesBefore(text, ReadMatch(line));
        }

        var from = ReadFrom(line);
        if (line.Take("count"))
        {
            return line.Peek() == "0"
                ? throw line.Mistake("nothing comes 0 times after a while; say for how long to watch: never sees … within 2s")
                : new Expectation.Sees(text, from, line.Number("a count", 1, MostSightings), Exactly: true);
        }

        if (!line.Take("at"))
        {
            return new Expectation.Sees(text, from, 1, Exactly: false);
        }

        line.Require("least");
        return new Expectation.Sees(text, from, line.Number("a count", 1, MostSightings), Exactly: false);
    }

    private Expectation.NeverSees ReadNever(ScriptLine line)
    {
        if (!line.Take("sees") && !line.Take("see"))
        {
            line.Require("sees");
        }

        return new Expectation.NeverSees(ReadMatch(line), ReadFrom(line));
    }

    private Expectation ReadMembers(ScriptLine line)
    {
        if (line.Take("with"))
        {
            return new Expectation.MembersWith(ReadNames(line), Included: true);
        }

        return line.Take("without")
            ? new Expectation.MembersWith(ReadNames(line), Included: false)
            : new Expectation.Members(ReadPeers(line, "within"));
    }

    private ImmutableArray<string> ReadNames(ScriptLine line)
    {
        var at = line.Here;
        var peers = ReadPeers(line, "within");
        return peers.IsAll ? throw new MistakeException(at, "name them one by one") : peers.Names;
    }

    private Expectation.Considers ReadConsiders(ScriptLine line)
    {
        var peer = ReadPeer(line).First();
        var at = line.Here;
        var word = line.Word("alive, suspect or gone");
        return new Expectation.Considers(peer, word switch
        {
            "alive" => Standing.Alive,
            "suspect" => Standing.Suspect,
            "gone" => Standing.Gone,
            _ => throw new MistakeException(at, $"alive, suspect or gone is expected here, not '{word}'"),
        });
    }

    private static Expectation ReadAgree(ScriptLine line, PeerSet peers, Position at)
    {
        if (!peers.IsAll && peers.Names.Length == 1)
        {
            throw new MistakeException(at, "one peer alone cannot disagree; name several, or all");
        }

        line.Require("on");
        if (line.Take("members"))
        {
            return new Expectation.AgreeOnMembers();
        }

        return line.Take("messages")
            ? new Expectation.AgreeOnMessages()
            : throw line.Mistake($"'members' or 'messages' is expected here{(line.IsAtEnd ? "" : $", not '{line.Peek()}'{Suggestion.For(line.Peek(), ["members", "messages"])}")}");
    }

    private string? ReadFrom(ScriptLine line) => line.Take("from") ? ReadPeer(line).First() : null;

    private TextMatch ReadMatch(ScriptLine line)
    {
        if (line.IsQuoted)
        {
            return new TextMatch.Exact(ReadText(line, "the text"));
        }

        if (line.Take("containing"))
        {
            return new TextMatch.Containing(ReadText(line, "the text"));
        }

        if (line.Take("matching"))
        {
            var (pattern, regex) = line.Pattern();
            return new TextMatch.Matching(pattern, regex);
        }

        if (line.Peek().Length == 0)
        {
            throw line.Mistake("what is seen is expected here: \"a text\", containing \"part of it\", matching /a pattern/, or a peer with joined or left");
        }

        if (!IsPeer(line.Peek()) && Suggestion.For(line.Peek(), ["containing", "matching", .. _peers, .. _later]).Length == 0)
        {
            throw line.Mistake($"'{line.Peek()}' is no peer of this scenario; if it is a text, put it in quotes");
        }

        var peer = ReadPeer(line).First();
        return line.Take("joined") ? new TextMatch.Announcement(peer, HasJoined: true)
            : line.Take("left") ? new TextMatch.Announcement(peer, HasJoined: false)
            : throw line.Mistake($"'joined' or 'left' is expected after '{peer}'");
    }
}
