namespace ChittyChat.Peer.Grid;

/// <summary>The numbers of the grid that nobody needs to configure.</summary>
internal static class GridRules
{
    /// <summary>Where the servers' own ports begin unless told otherwise: server i listens on this port plus i.</summary>
    public const int DefaultPeerPortBase = 20_000;

    /// <summary>Ports below this one are not the master's: a grid on the usual bases has its own there.</summary>
    public const int LowestMasterPort = 10_000;

    /// <summary>The longest line without its end, in bytes; longer ones are not taken.</summary>
    public const int LongestLine = 16 * 1024 * 1024;

    /// <summary>The most lines, and bytes of lines, that wait for one link. A link that has more to send is closed.</summary>
    public const int QueueLines = 65_536;
    public const long QueueBytes = 256L * 1024 * 1024;

    /// <summary>The most attempts to connect that are under way at once.</summary>
    public const int Dials = 64;

    /// <summary>How often the clock is looked at.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>The most time that can pass between two looks at the clock and count as silence of the others. More, and this process itself was stopped.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(250);

    /// <summary>How often each link carries a ping. The other implementation sends one every 500 ms.</summary>
    public static readonly TimeSpan Ping = TimeSpan.FromMilliseconds(200);

    /// <summary>A server is taken for dead when nothing has come from it for this time: less than the second that the lab allows, and nearly two of the slower pings.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(900);

    /// <summary>
    /// A silent link stays open, as a process that was stopped goes on with it. After this time it is of no use: no more pings, a new attempt to
    /// connect instead, and a link that never said who it is from is closed.
    /// </summary>
    public static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(5);

    /// <summary>How long an attempt to connect may take.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromMilliseconds(500);

    /// <summary>The wait between attempts to connect.</summary>
    public static readonly TimeSpan Redial = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The wait after a link to a server of the other implementation has ended. That one wakes up to a second later once more for the old link, and
    /// then removes the new one; and it ends itself when it gets a second link while it believes in the first.
    /// </summary>
    public static readonly TimeSpan RedialOther = TimeSpan.FromMilliseconds(1_500);

    /// <summary>How long to wait for a port to become free: a killed predecessor may still be about to end.</summary>
    public static readonly TimeSpan Bind = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan BindRetry = TimeSpan.FromMilliseconds(10);
}
