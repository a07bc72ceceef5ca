using System.Text.Json.Serialization;

namespace ChittyChat.TestServer.Runs;

/// <summary>Something that happened in a run: a line of its record.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "run-started")]
[JsonDerivedType(typeof(PeerAttended), "peer-attended")]
[JsonDerivedType(typeof(PeerGone), "peer-gone")]
[JsonDerivedType(typeof(ProcessEnded), "process-ended")]
[JsonDerivedType(typeof(StepStarted), "step-started")]
[JsonDerivedType(typeof(StepEnded), "step-ended")]
[JsonDerivedType(typeof(Delivered), "delivered")]
[JsonDerivedType(typeof(ViewChanged), "view-changed")]
[JsonDerivedType(typeof(DeliveriesMissed), "deliveries-missed")]
[JsonDerivedType(typeof(ScriptEnded), "script-ended")]
[JsonDerivedType(typeof(RunEnded), "run-ended")]
internal abstract record RunEvent;

/// <summary>An event with its place in the record.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Milliseconds">Since the run began, on the coordinator's clock.</param>
/// <param name="Event">What happened.</param>
internal sealed record RunEntry(long Number, double Milliseconds, RunEvent Event);

/// <summary>The run begins.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Scenario">Its title.</param>
/// <param name="Teaches">Its sentence.</param>
/// <param name="Peers">Those who take part.</param>
/// <param name="HasOwnPeers">Whether nobody else is in their cluster.</param>
/// <param name="Started">When.</param>
internal sealed record RunStarted(string RunId, string Scenario, string Teaches, IReadOnlyList<string> Peers, bool HasOwnPeers, DateTimeOffset Started) : RunEvent;

/// <summary>A process of a peer attends: it is in the chat.</summary>
internal sealed record PeerAttended(string Peer, int Process, string Session, string Gossip) : RunEvent;

/// <summary>How an attendance ended.</summary>
internal enum Departure
{
    /// <summary>It said goodbye.</summary>
    Left,

    /// <summary>It was killed, or told to kill itself.</summary>
    Crashed,

    /// <summary>Nobody told it to end.</summary>
    Lost,
}

/// <summary>A peer's process has ended.</summary>
internal sealed record PeerGone(string Peer, int Process, Departure How) : RunEvent;

/// <summary>A process that the coordinator started, a peer's or a service's, has ended, and nobody had told it to.</summary>
/// <param name="Name">Of the peer or the service.</param>
/// <param name="Process">Which process.</param>
/// <param name="ExitCode">How: 128 and the number of a signal, or its own code.</param>
/// <param name="LastWords">The last that it said.</param>
internal sealed record ProcessEnded(string Name, int Process, int ExitCode, string LastWords) : RunEvent;

/// <summary>A step begins; one that is repeated is another step each time.</summary>
internal sealed record StepStarted(long Step, int Line, string Text, string? Peer) : RunEvent;

/// <summary>How a step ended.</summary>
internal enum StepOutcome
{
    Passed,
    Failed,
    Cancelled,
}

/// <summary>A step is over.</summary>
/// <param name="Step">Its number.</param>
/// <param name="Line">Its line in the script.</param>
/// <param name="Peer">Who executed it, if it was one peer.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Output">What the command printed.</param>
/// <param name="Message">The message that was published, if it was one and was acknowledged.</param>
/// <param name="LamportTime">Its Lamport time.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record StepEnded(
    long Step, int Line, string? Peer, StepOutcome Outcome, string Reason, IReadOnlyList<string> Output, MessageKey? Message, ulong LamportTime, double Milliseconds) : RunEvent;

/// <summary>Names a message for all time.</summary>
internal readonly record struct MessageKey(string Session, ulong Sequence)
{
    public override string ToString() => FormattableString.Invariant($"{Session}-{Sequence}");
}

/// <summary>What a delivery is.</summary>
internal enum ChatKind
{
    Message,
    Joined,
    Left,
}

/// <summary>A peer delivered something.</summary>
/// <param name="Peer">Who delivered it.</param>
/// <param name="Process">Its process.</param>
/// <param name="Message">What.</param>
/// <param name="Kind">Of which kind.</param>
/// <param name="From">Who published, joined or left.</param>
/// <param name="Text">The text.</param>
/// <param name="PublishedAt">The Lamport time of the publishing.</param>
/// <param name="DeliveredAt">The Lamport time of the delivery.</param>
/// <param name="PublishedUnixMs">When it was published, on the publisher's clock.</param>
/// <param name="DeliveredUnixMs">When it was delivered, on the deliverer's clock.</param>
internal sealed record Delivered(
    string Peer, int Process, MessageKey Message, ChatKind Kind, string From, string Text, ulong PublishedAt, ulong DeliveredAt, long PublishedUnixMs, long DeliveredUnixMs) : RunEvent;

/// <summary>A member in a peer's view.</summary>
internal sealed record MemberSeen(string Name, string Session, MemberStanding State)
{
    /// <summary>Whether it is counted as a member: alive, or only suspected not to be.</summary>
    [JsonIgnore]
    public bool IsPresent => State is MemberStanding.Alive or MemberStanding.Suspect;
}

/// <summary>What a peer's membership says of another.</summary>
internal enum MemberStanding
{
    Unknown,
    Alive,
    Suspect,
    Dead,
    Left,
}

/// <summary>A peer's view of the members is another now. Its session can be another, too.</summary>
internal sealed record ViewChanged(string Peer, int Process, string Session, IReadOnlyList<MemberSeen> Members) : RunEvent;

/// <summary>Deliveries of a peer are missing in the record.</summary>
internal sealed record DeliveriesMissed(string Peer, int Process, ulong Count) : RunEvent;

/// <summary>The script is through; what follows is the healing of what it left broken, and the wait for the checkers' conditions.</summary>
internal sealed record ScriptEnded : RunEvent;

/// <summary>How a run ended.</summary>
internal enum Verdict
{
    Passed,
    Failed,
    Cancelled,
    CouldNotRun,
}

/// <summary>The run is over.</summary>
internal sealed record RunEnded(Verdict Verdict, IReadOnlyList<string> Failures) : RunEvent;
