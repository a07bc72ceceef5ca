using System.Diagnostics;

namespace ChittyChat.Peer.Lifecycle;

/// <summary>Keeps what is done every few seconds, here and in the services that are called, out of the traces.</summary>
internal static class Untraced
{
    /// <summary>Everything this task calls from here on has a parent that is not recorded. Dispose of it at the end.</summary>
    public static Activity Begin(string name)
    {
        var activity = new Activity(name) { ActivityTraceFlags = ActivityTraceFlags.None };
        activity.SetIdFormat(ActivityIdFormat.W3C);
        activity.Start();
        return activity;
    }
}
