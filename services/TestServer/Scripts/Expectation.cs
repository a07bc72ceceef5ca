using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace ChittyChat.TestServer.Scripts;

/// <summary>How a text has to look.</summary>
internal abstract record TextMatch
{
    /// <summary>Exactly this text.</summary>
    internal sealed record Exact(Template Text) : TextMatch;

    /// <summary>This text somewhere in it.</summary>
    internal sealed record Containing(Template Text) : TextMatch;

    /// <summary>A regular expression that matches somewhere in it.</summary>
    internal sealed record Matching(string Pattern, Regex Regex) : TextMatch;

    /// <summary>The announcement that somebody joined or left.</summary>
    internal sealed record Announcement(string Peer, bool HasJoined) : TextMatch;

    public sealed override string ToString() => this switch
    {
        Exact exact => $"\"{exact.Text}\"",
        Containing containing => $"containing \"{containing.Text}\"",
        Matching matching => $"matching /{matching.Pattern}/",
        Announcement announcement => $"{announcement.Peer} {(announcement.HasJoined ? "joined" : "left")}",
        _ => "",
    };
}

/// <summary>What a peer can think of another.</summary>
internal enum Standing
{
    Alive,
    Suspect,
    Gone,
}

/// <summary>What <c>expect</c> waits for, at one peer or among several.</summary>
internal abstract record Expectation
{
    /// <summary><c>sees … count 2</c>. <paramref name="Exactly"/>: no more than <paramref name="Count"/> either.</summary>
    internal sealed record Sees(TextMatch Text, string? From, int Count, bool Exactly) : Expectation;

    /// <summary><c>never sees …</c>: not until the time is over.</summary>
    internal sealed record NeverSees(TextMatch Text, string? From) : Expectation;

    /// <summary><c>sees … before …</c>.</summary>
    internal sealed record SeesBefore(TextMatch First, TextMatch Second) : Expectation;

    /// <summary><c>members alice bob</c>: these and nobody else.</summary>
    internal sealed record Members(PeerSet Peers) : Expectation;

    /// <summary><c>members with carol</c>, <c>members without carol</c>.</summary>
    internal sealed record MembersWith(ImmutableArray<string> Peers, bool Included) : Expectation;

    /// <summary><c>considers bob suspect</c>.</summary>
    internal sealed record Considers(string Peer, Standing Standing) : Expectation;

    /// <summary><c>agree on members</c>.</summary>
    internal sealed record AgreeOnMembers : Expectation;

    /// <summary><c>agree on messages</c>: each has all that it is owed.</summary>
    internal sealed record AgreeOnMessages : Expectation;
}
