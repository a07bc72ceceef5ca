namespace ChittyChat.Registry.Store;

/// <summary>
/// A position in the history of changes: when the change happened, in microseconds since 1970, moved on by one or more where that
/// would not be later than the change before.
/// </summary>
/// <remarks>
/// A counter would begin anew when Redis loses its data, and fall back when it restarts from an older dump; numbers that a watcher has seen
/// would then be given to other changes. Those of a clock are not given twice, so a position is either found in the history, or
/// the watcher has to begin with a snapshot.
/// </remarks>
internal readonly record struct Revision(ulong Value)
{
    /// <summary>Before every change; never found in a history.</summary>
    public static Revision None => default;

    /// <summary>The position of a change that follows this one.</summary>
    public Revision Next(DateTimeOffset now) => new(Math.Max(Value + 1, Microseconds(now)));

    /// <summary>A time in the unit of revisions. It is exact in a double, which is what Lua and sorted sets calculate with, until the year 2255.</summary>
    public static ulong Microseconds(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Just the number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
