using ChittyChat.Contracts.V1;
using ChittyChat.TestServer.Runs;

namespace ChittyChat.TestServer.Attendance;

/// <summary>Writes what attending peers report into a run's record.</summary>
internal static class AttendanceRecorder
{
    /// <summary>The event of a report; null when it is none.</summary>
    public static RunEvent? EventOf(AttendingPeer peer, AttendanceReport report) => report.ReportCase switch
    {
        AttendanceReport.ReportOneofCase.Delivery => new Delivered(
            peer.Name, peer.Process,
            new MessageKey(AttendingPeer.SessionText(report.Delivery.MessageId.Session), report.Delivery.MessageId.Sequence),
            report.Delivery.Kind switch
            {
                EventKind.Joined => ChatKind.Joined,
                EventKind.Left => ChatKind.Left,
                _ => ChatKind.Message,
            },
            report.Delivery.Participant, report.Delivery.Text, report.Delivery.LamportTime, report.Delivery.DeliveredAt, report.Delivery.PublishedUnixMs, report.Delivery.DeliveredUnixMs),
        AttendanceReport.ReportOneofCase.View => new ViewChanged(
            peer.Name, peer.Process, AttendingPeer.SessionText(report.View.Session),
            [.. report.View.Members.Select(member => new MemberSeen(member.Name, AttendingPeer.SessionText(member.Session), member.State switch
            {
                MemberState.Alive => MemberStanding.Alive,
                MemberState.Suspect => MemberStanding.Suspect,
                MemberState.Dead => MemberStanding.Dead,
                MemberState.Left => MemberStanding.Left,
                _ => MemberStanding.Unknown,
            }))]),
        AttendanceReport.ReportOneofCase.Missed => new DeliveriesMissed(peer.Name, peer.Process, report.Missed),
        _ => null,
    };
}
