using System.Collections.Immutable;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

// What the page shows, as one immutable picture. These types are public because Razor components, whose parameters they are, always are.

/// <summary>The whole lab at one moment.</summary>
/// <param name="Registry">How the registry answers.</param>
/// <param name="Peers">Those who are here first, then those who are gone; each group by name.</param>
/// <param name="Observers">The columns of the delivery matrix.</param>
/// <param name="Messages">Newest first.</param>
/// <param name="Addresses">Where peers are to be watched.</param>
/// <param name="HighestLamportTime">Highest Lamport time among the peers that answer; the last known one when none does.</param>
/// <param name="Missed">How many deliveries this page was too slow to see.</param>
/// <param name="Unwatched">How many peers are known but not watched, because there are too many.</param>
public sealed record LabView(
    RegistryView Registry,
    ImmutableArray<PeerView> Peers,
    ImmutableArray<ObserverView> Observers,
    ImmutableArray<MessageView> Messages,
    ImmutableArray<Uri> Addresses,
    ulong HighestLamportTime,
    ulong Missed,
    int Unwatched)
{
    /// <summary>How many peers are alive, as far as anybody who answers knows.</summary>
    public int Alive => Peers.Count(p => p.State == MemberState.Alive);

    /// <summary>The peers that this page hears at the moment: those whose gossip views it has, and that can be published through.</summary>
    public IEnumerable<PeerView> Answering => Peers.Where(p => p.Link.Status == LinkStatus.Watching);

    // Something in the picture changes with time alone: what is on its way becomes missing.
    internal bool Settling => Messages.Any(m => m.Cells.Any(c => c.Kind == CellKind.Pending));
}

public enum RegistryStatus
{
    NotConfigured,
    Connecting,
    Watching,
    Unavailable,
}

/// <param name="Status">Whether the registry answers.</param>
/// <param name="Members">How many members it has, or had when it last answered.</param>
/// <param name="Reason">Why it does not answer.</param>
/// <param name="Since">When the status was reached.</param>
public sealed record RegistryView(RegistryStatus Status, int Members, string? Reason, DateTimeOffset Since);

/// <param name="Name">Name of the peer.</param>
/// <param name="State">The newest claim in gossip, by SWIM's rule; unspecified when nobody who answers has one.</param>
/// <param name="LamportTime">The peer's clock when it last told.</param>
/// <param name="Session">Session of the peer's present (or last) life; 0 when not known.</param>
/// <param name="Incarnation">Incarnation of the newest claim.</param>
/// <param name="GossipAddress">host:port; empty when not known.</param>
/// <param name="ChatAddress">Address of its gRPC services; empty when not known.</param>
/// <param name="Participants">Who joined through it.</param>
/// <param name="Link">This page's own connection to it.</param>
/// <param name="Registered">Whether the registry has it, or had it when it last answered.</param>
/// <param name="Opinions">What each answering peer's gossip view says of it.</param>
/// <param name="Differences">What does not fit together, in words.</param>
public sealed record PeerView(
    string Name,
    MemberState State,
    ulong LamportTime,
    ulong Session,
    uint Incarnation,
    string GossipAddress,
    string ChatAddress,
    ImmutableArray<string> Participants,
    LinkView Link,
    bool Registered,
    ImmutableArray<Opinion> Opinions,
    ImmutableArray<string> Differences)
{
    public bool Gone => State is MemberState.Dead or MemberState.Left
        || (State == MemberState.Unspecified && !Registered && Link.Status == LinkStatus.None);
}

public enum LinkStatus
{
    None,
    Connecting,
    Watching,
    Lost,
}

public sealed record LinkView(LinkStatus Status, string? Reason)
{
    public static LinkView None { get; } = new(LinkStatus.None, null);
}

/// <param name="Observer">Whose gossip view it is.</param>
/// <param name="State">What that view says; unspecified when it does not have the member.</param>
/// <param name="Incarnation">Incarnation of the claim.</param>
public sealed record Opinion(string Observer, MemberState State, uint Incarnation);

/// <param name="Name">Name of the peer whose deliveries the column holds.</param>
/// <param name="Answers">Whether this page hears it.</param>
public sealed record ObserverView(string Name, bool Answers);

/// <param name="Session">With <paramref name="Sequence"/>, the message's id.</param>
/// <param name="Sequence">Number in the session.</param>
/// <param name="Kind">Message, joined or left.</param>
/// <param name="Participant">Who published, joined or left.</param>
/// <param name="Text">What was published, or the announcement.</param>
/// <param name="LamportTime">Lamport time of publishing.</param>
/// <param name="TraceId">Empty when not traced.</param>
/// <param name="LatencyMs">From publishing to the last delivery seen, by the wall clocks of the two peers.</param>
/// <param name="Cells">One per observer, in the order of <see cref="LabView.Observers"/>.</param>
public sealed record MessageView(
    ulong Session,
    ulong Sequence,
    EventKind Kind,
    string Participant,
    string Text,
    ulong LamportTime,
    string TraceId,
    long LatencyMs,
    ImmutableArray<Cell> Cells)
{
    public int Delivered => Cells.Count(c => c.Kind == CellKind.Delivered);

    public int Expected => Cells.Count(c => c.Kind is CellKind.Delivered or CellKind.Pending or CellKind.Missing);
}

public enum CellKind
{
    /// <summary>The peer has the message.</summary>
    Delivered,

    /// <summary>Not there yet, and still within the time in which nobody would worry.</summary>
    Pending,

    /// <summary>The peer should have it and does not.</summary>
    Missing,

    /// <summary>Published before the peer joined.</summary>
    Earlier,

    /// <summary>The peer died or left.</summary>
    Gone,

    /// <summary>This page does not hear the peer, or was too slow to see all its deliveries.</summary>
    Unknown,
}

/// <param name="Observer">The peer.</param>
/// <param name="Kind">Whether it has the message.</param>
/// <param name="DeliveredAt">Lamport time of its delivery.</param>
/// <param name="Repeated">The peer delivered it more than once, which it never should.</param>
public sealed record Cell(string Observer, CellKind Kind, ulong DeliveredAt, bool Repeated);
