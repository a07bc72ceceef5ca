using System.Collections.Immutable;
using System.ComponentModel;
using ChittyChat.Peer.Chat;
using ChittyChat.Peer.Lifecycle;

namespace ChittyChat.Peer.Commands;

/// <summary>A member as <c>/members</c> shows it.</summary>
internal sealed record MemberRow(
    string Name,
    MemberState State,
    uint Incarnation,
    [property: DisplayName("gossip rtt")] TimeSpan? GossipRoundTrip,
    [property: DisplayName("grpc rtt")] TimeSpan? GrpcRoundTrip,
    uint? Health,
    string Gossip,
    string Grpc,
    string Participants,
    string Faults);

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
