namespace ChittyChat.Membership.Wire;

/// <summary>What is accepted from the network at most; memberlist's limits unless a comment says otherwise.</summary>
internal static class Limits
{
    public const int StreamFrame = 20 * 1024 * 1024;
    public const int UserState = 20 * 1024 * 1024;
    public const int UserMessage = 20 * 1024 * 1024;

    /// <summary>What the head of a message and its encryption add at most, which counts in <see cref="StreamFrame"/>.</summary>
    public const int FrameRoom = 64;
    public const int Members = 1_048_576;
    public const int DecompressedStream = 40 * 1024 * 1024;

    /// <summary>All that the compressed parts of one datagram expand to, together: memberlist allows 40 MiB for each.</summary>
    public const int DecompressedDatagram = 1024 * 1024;

    /// <summary>How deep compound and compressed parts may nest; memberlist recurses without a limit.</summary>
    public const int Nesting = 8;

    /// <summary>Parts of one compound that we write: older peers misread 128 and more.</summary>
    public const int CompoundParts = 127;

    /// <summary>Bytes of one member's record in a push/pull; memberlist has no limit.</summary>
    public const int MemberRecord = 64 * 1024;

    /// <summary>Bytes of a plain push/pull before its user state: about 300 bytes for each of a million members cannot be had.</summary>
    public const int PushPullTable = 64 * 1024 * 1024;

    public const int Datagram = 65_536;
}
