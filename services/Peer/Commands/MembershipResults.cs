using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Commands;

/// <summary>A member as <c>/members</c> shows it; a screen has no room for everything that a program gets.</summary>
internal sealed record MemberRow
{
    [Browsable(false)]
    public required string Name { get; init; }

    [Browsable(false)]
    public bool IsSelf { get; init; }

    [JsonIgnore]
    [DisplayName("name")]
    public string Shown => IsSelf ? $"{Name} (you)" : Name;

    public required MemberState State { get; init; }

    public required uint Incarnation { get; init; }

    [DisplayName("gossip rtt")]
    public TimeSpan? GossipRoundTrip { get; init; }

    [DisplayName("grpc rtt")]
    public TimeSpan? GrpcRoundTrip { get; init; }

    public uint? Health { get; init; }

    public required string Gossip { get; init; }

    [Browsable(false)]
    public required string Grpc { get; init; }

    [Browsable(false)]
    public required IReadOnlyList<string> Participants { get; init; }

    [JsonIgnore]
    [DisplayName("participants")]
    public string ParticipantList => string.Join(", ", Participants);

    public required string Faults { get; init; }
}

/// <summary>One measurement of <c>/ping</c>; null where there was no answer.</summary>
internal sealed record PingRow(string Member, TimeSpan? Gossip, TimeSpan? Grpc, ulong? LamportTime, string Remark);

/// <summary>This peer as <c>/whoami</c> shows it.</summary>
internal sealed record SelfDocument(
    string Name, PeerStage Stage, string Session, ulong LamportTime, uint? Incarnation, int? Health, string? Gossip, string? Grpc, string Version, string Tags);

/// <summary>Something that a member says about itself.</summary>
internal sealed record TagRow(string Member, string Key, string Value);

/// <summary>A state that can be waited for.</summary>
internal enum WantedState
{
    Alive,
    Suspect,
    Dead,
    Left,

    /// <summary>Dead, left, or never seen.</summary>
    Gone,
}

/// <summary>What changed about a member.</summary>
internal sealed record MemberChange(string Member, string Change, uint Incarnation)
{
    /// <summary>The changes from one view to the next.</summary>
    public static IEnumerable<MemberChange> Between(ImmutableDictionary<string, ChatMember> before, ImmutableArray<ChatMember> after)
    {
        foreach (var member in after)
        {
            var known = before.GetValueOrDefault(member.Name);
            if (known is null || known.State != member.State || known.Session != member.Session)
            {
                yield return new(
                    member.Name, known is not null && known.Session != member.Session ? $"{Word(member.State)} as another session" : Word(member.State), member.Incarnation);
            }
        }

        foreach (var gone in before.Values.Where(member => !after.Any(a => a.Name == member.Name)))
        {
            yield return new(gone.Name, "forgotten", gone.Incarnation);
        }
    }

    private static string Word(MemberState state) => state.ToString().ToLowerInvariant();
}
