using System.Globalization;
using System.Text;

namespace ChittyChat.Peer.Chat;

/// <remarks>The state as text, for people who look for an error.</remarks>
internal sealed partial class ChatRoom
{
    /// <summary>Sessions, participants and counters.</summary>
    public string Dump()
    {
        var text = new StringBuilder();
        lock (_gate)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{Name}, session {_session}, {_phase}, L={Clock.Now}, {_sequence} published in this session");
            text.AppendLine(CultureInfo.InvariantCulture, $"participants here: {string.Join(", ", _ownParticipants.Keys)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"{Deliveries.Count} delivered{(Deliveries.IsComplete ? "" : ", the oldest are forgotten")}");
            foreach (var session in _roster.Sessions.OrderBy(s => s.Name, StringComparer.Ordinal))
            {
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"{session.Name} at {session.Address}, session {session.Id}, delivered up to {session.Delivered?.ToString(CultureInfo.InvariantCulture) ?? "none yet"}, participants {string.Join(", ", session.Participants)}");
            }
        }

        return text.ToString();
    }
}
