namespace ChittyChat.Peer.Links;

/// <summary>The numbers of the link protocol that nobody needs to configure.</summary>
internal static class LinkRules
{
    /// <summary>The most messages in a frame, and (but for a single message) bytes of messages.</summary>
    public const int FrameMessages = 1_024;
    public const int FrameBytes = 60_000;

    /// <summary>How long a connection attempt, and the answer to a hello, may take.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Acknowledgements wait so long that one speaks for many messages, and that they are out of the way of messages.</summary>
    public static readonly TimeSpan AcknowledgementDelay = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a leaving peer waits until the others have its last messages.</summary>
    public static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A connection on which nothing comes is asked for a sign of life after this time, and given up after as long again.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>The wait before the first new attempt to connect; it doubles up to the longest.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);
}
