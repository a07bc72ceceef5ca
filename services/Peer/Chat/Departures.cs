using System.Collections.Immutable;

namespace ChittyChat.Peer.Chat;

/// <summary>A session that membership had and has no more.</summary>
/// <param name="Session">The session.</param>
/// <param name="Name">Of the peer.</param>
/// <param name="Address">Of the peer's process.</param>
/// <param name="WholeProcess">Whether the process is gone too, with any session that membership had not heard of.</param>
internal sealed record Departure(SessionId Session, string Name, string Address, bool WholeProcess);

/// <summary>Finds out who is gone between two snapshots of the members.</summary>
internal static class Departures
{
    /// <summary>Those who were present before and are not after: dead, left, forgotten, or followed by another session.</summary>
    public static IReadOnlyList<Departure> Between(ImmutableArray<ChatMember> before, ImmutableArray<ChatMember> after)
    {
        List<Departure> gone = [];
        foreach (var member in before)
        {
            if (!member.IsPresent || after.Any(m => m.IsPresent && m.Session == member.Session))
            {
                continue;
            }

            var goesOn = after.Any(m => m.IsPresent && m.Name == member.Name && m.ChatAddress == member.ChatAddress);
            gone.Add(new Departure(member.Session, member.Name, member.ChatAddress.GetLeftPart(UriPartial.Authority), WholeProcess: !goesOn));
        }

        return gone;
    }
}
