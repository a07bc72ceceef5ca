using System.ComponentModel.DataAnnotations;

namespace ChittyChat.Peer.Chat;

/// <summary>Settings of the chat core and its links.</summary>
internal sealed class ChatOptions
{
    /// <value>The peer's display name: 1 to 32 ASCII letters, digits, '-', '_' and '.'. No default.</value>
    [Required]
    public string Name { get; set; } = "";

    /// <value>How many of its newest messages a peer keeps for its links; a link further behind misses the oldest. Default 10,000.</value>
    [Range(16, 1_000_000)]
    public int Window { get; set; } = 10_000;

    /// <value>How many of its newest deliveries a peer keeps for History, Join streams and watchers. Default 10,000.</value>
    [Range(16, 1_000_000)]
    public int History { get; set; } = 10_000;
}
