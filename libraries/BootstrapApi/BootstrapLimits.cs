namespace ChittyChat.BootstrapApi;

/// <summary>What the service accepts. Anything beyond is refused with 400 and a message that names the limit.</summary>
public static class BootstrapLimits
{
    /// <summary>Greatest <see cref="BootstrapConfig.MaxPeers"/>; the least is 1.</summary>
    public const int MaxMaxPeers = 1000;

    /// <summary>Greatest <see cref="BootstrapConfig.MinRefillCandidates"/>; the least is 0, which lets every refill count.</summary>
    public const int MaxMinRefillCandidates = 1_000_000;

    /// <summary>Greatest <see cref="BootstrapConfig.LeaseSeconds"/>; the least is 1.</summary>
    public const int MaxLeaseSeconds = 3600;

    /// <summary>Greatest length of a contact's id, in ASCII letters, digits, <c>.</c>, <c>_</c> and <c>-</c>; the least is 1.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Greatest length of a contact's name, in Unicode scalar values other than control characters; the least is 1.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Least length of a token, in visible ASCII characters.</summary>
    public const int MinTokenLength = 16;

    /// <summary>Greatest length of a token, in visible ASCII characters.</summary>
    public const int MaxTokenLength = 128;
}
