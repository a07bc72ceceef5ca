using System.Globalization;
using ChittyChat.Contracts.V1;

namespace ChittyChat.Dashboard.Observation;

/// <summary>The one place that decides how states and sessions are written.</summary>
internal static class Wording
{
    public static string Word(this MemberState state) => state switch
    {
        MemberState.Alive => "alive",
        MemberState.Suspect => "suspect",
        MemberState.Dead => "dead",
        MemberState.Left => "left",
        _ => "unknown",
    };

    /// <summary>Eight hexadecimal digits are enough to tell sessions apart by eye.</summary>
    public static string ToSession(this ulong session) => session.ToString("x16", CultureInfo.InvariantCulture)[..8];
}
