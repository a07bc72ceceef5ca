namespace ChittyChat.TestServer.Runs;

/// <summary>Whether peers know each other.</summary>
internal static class Acquaintance
{
    /// <summary>Who does not know whom; null when each of the peers is there and sees all the others.</summary>
    public static string? Missing(IReadOnlyList<string> peers, RunRecord record)
    {
        var known = peers.Select(peer => record.Look(peer, now => (now.Name, now.Session, now.IsInChat, Seen: now.View?.Where(member => member.IsPresent).Select(member => member.Session).ToHashSet()))).ToArray();
        foreach (var peer in known)
        {
            string[] strangers = peer is { IsInChat: true, Seen: { } seen } ? [.. known.Where(other => !seen.Contains(other.Session)).Select(other => other.Name)] : [];
            var missing = !peer.IsInChat ? $"{peer.Name} is not in the chat"
                : peer.Seen is null ? $"{peer.Name} has not told of its members yet"
                : strangers.Length > 0 ? $"{peer.Name} does not see {string.Join(", ", strangers)}"
                : null;
            if (missing is not null)
            {
                return missing;
            }
        }

        return null;
    }
}
