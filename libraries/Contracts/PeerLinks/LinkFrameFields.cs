namespace ChittyChat.Contracts.PeerLinks;

/// <summary>The field numbers of <c>LinkFrame</c> in peer_link.proto.</summary>
internal static class LinkFrameFields
{
    public const int Hello = 1;
    public const int Skipped = 2;
    public const int Messages = 3;
    public const int BroadcastSpanIds = 4;
}
