using System.Collections.Immutable;

namespace ChittyChat.TestServer.Scripts;

/// <summary>A place in a script, both counted from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    public override string ToString() => $"{Line}:{Column}";
}

/// <summary>What a scenario can start beside its peers.</summary>
internal enum ServiceKind
{
    Bootstrap,
    Registry,
    Redis,
}

/// <summary>A parsed script: every name in it is declared, every variable is set before it is used.</summary>
/// <param name="Scenario">Its title.</param>
/// <param name="Teaches">One sentence; empty when the script does not say.</param>
/// <param name="Peers">Those who are there from the start.</param>
/// <param name="Later">Those whom a step starts.</param>
/// <param name="Services">What runs beside the peers.</param>
/// <param name="Timeout">For every step that does not name its own.</param>
/// <param name="Steps">What happens, in order.</param>
internal sealed record Script(
    string Scenario,
    string Teaches,
    ImmutableArray<string> Peers,
    ImmutableArray<string> Later,
    ImmutableArray<ServiceKind> Services,
    TimeSpan Timeout,
    ImmutableArray<Step> Steps)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>All peers that the script knows.</summary>
    public ImmutableArray<string> Cast => Peers.AddRange(Later);
}

/// <summary>The peers that a step names.</summary>
/// <param name="Names">The names as written; empty for <c>all</c>.</param>
internal sealed record PeerSet(ImmutableArray<string> Names)
{
    public static readonly PeerSet All = new([]);

    public bool IsAll => Names.IsEmpty;

    public override string ToString() => IsAll ? "all" : string.Join(' ', Names);
}

/// <summary>One step.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Source">Its line, for reports.</param>
internal abstract record Step(Position At, string Source)
{
    /// <summary>The peers that it keeps busy: in a parallel block, steps of the same peer follow each other.</summary>
    public virtual PeerSet? Actors => null;
}

/// <summary>What a peer's answer to a line has to be.</summary>
internal abstract record Answer
{
    /// <summary>The line is accepted.</summary>
    internal sealed record Success : Answer;

    /// <summary>The line is refused; with a reason that matches, if one is given.</summary>
    internal sealed record Failure(TextMatch? Reason) : Answer;

    /// <summary>The line is accepted, and a line of what it prints matches.</summary>
    internal sealed record Output(TextMatch Line) : Answer;
}

/// <summary><c>alice: hello</c>: each of the peers executes a line of its prompt, all at the same time.</summary>
internal sealed record ActStep(Position At, string Source, PeerSet Peers, Template Line, Answer Answer) : Step(At, Source)
{
    public override PeerSet Actors => Peers;
}

/// <summary><c>set name "value"</c>.</summary>
internal sealed record SetStep(Position At, string Source, string Name, Template Value) : Step(At, Source);

/// <summary><c>repeat 3 … end</c>; the variable counts from 1.</summary>
internal sealed record RepeatStep(Position At, string Source, Template Count, string Variable, ImmutableArray<Step> Steps) : Step(At, Source)
{
    public override PeerSet? Actors => Block.ActorsOf(Steps);
}

/// <summary><c>parallel … end</c>: the peers act at the same time, each its own lines in order.</summary>
internal sealed record ParallelStep(Position At, string Source, ImmutableArray<Step> Steps) : Step(At, Source)
{
    public override PeerSet? Actors => Block.ActorsOf(Steps);
}

/// <summary><c>barrier alice bob</c>: all of them are in the chat, and have done what came before.</summary>
internal sealed record BarrierStep(Position At, string Source, PeerSet Peers, TimeSpan? Timeout) : Step(At, Source)
{
    public override PeerSet Actors => Peers;
}

/// <summary>What is done to a process.</summary>
internal enum ProcessAction
{
    /// <summary>SIGKILL.</summary>
    Crash,

    /// <summary>SIGSTOP: the process is there, and does nothing.</summary>
    Stop,

    /// <summary>SIGCONT.</summary>
    Continue,

    /// <summary>SIGTERM: it says goodbye.</summary>
    Leave,

    /// <summary>Starts it, and waits until it is ready.</summary>
    Start,

    /// <summary>Ends it as <see cref="Leave"/> does, and starts it again.</summary>
    Restart,
}

/// <summary><c>crash bob</c>, <c>restart redis</c>.</summary>
internal sealed record ProcessStep(
    Position At, string Source, ProcessAction Action, PeerSet? Peers, ImmutableArray<ServiceKind> Services, bool SamePorts) : Step(At, Source)
{
    public override PeerSet? Actors => Peers;
}

/// <summary>What is done to the links between peers.</summary>
internal enum LinkAction
{
    /// <summary>Nothing passes.</summary>
    Cut,

    /// <summary>Nothing passes from here to there.</summary>
    CutOneWay,

    /// <summary>Everything takes longer.</summary>
    Delay,

    /// <summary>A part is lost.</summary>
    Drop,

    /// <summary>All is well again.</summary>
    Heal,
}

/// <summary><c>cut alice from bob</c>, <c>delay alice to bob 200ms</c>, <c>heal</c>.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Source">Its line.</param>
/// <param name="Action">What is done.</param>
/// <param name="Peers">Where the fault is put in.</param>
/// <param name="Others">The other ends of the links.</param>
/// <param name="Amount">As the peers' command takes it: "200ms --jitter 50ms", "30"; empty for none.</param>
internal sealed record LinkStep(Position At, string Source, LinkAction Action, PeerSet Peers, PeerSet Others, string Amount) : Step(At, Source)
{
    public override PeerSet Actors => Peers;
}

/// <summary><c>sleep 500ms</c>.</summary>
internal sealed record SleepStep(Position At, string Source, TimeSpan Time) : Step(At, Source);

/// <summary><c>expect …</c>: waits until it holds for each of the peers.</summary>
internal sealed record ExpectStep(Position At, string Source, PeerSet Peers, Expectation Expectation, TimeSpan? Within) : Step(At, Source)
{
    public override PeerSet Actors => Peers;
}

internal static class Block
{
    /// <summary>All who act in the steps; null when nobody does.</summary>
    public static PeerSet? ActorsOf(ImmutableArray<Step> steps)
    {
        var actors = steps.Select(step => step.Actors).OfType<PeerSet>().ToArray();
        return actors.Length == 0 ? null
            : actors.Any(set => set.IsAll) ? PeerSet.All
            : new PeerSet([.. actors.SelectMany(set => set.Names).Distinct()]);
    }
}
